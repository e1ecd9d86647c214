'use client';

import { Globe } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { LANGUAGE_NAMES, routing } from '@/i18n/routing';
import { chooseLanguage } from './choose-language';

/** The language of the pages before signing in; a plain select, which loads nothing. */
export function LanguageSwitch(): ReactNode {
  const locale = useLocale();
  const t = useTranslations('account');
  return (
    <span className="relative inline-flex items-center text-soft hover:text-ink">
      <Globe className="pointer-events-none absolute start-2.5 size-4" aria-hidden />
      <select
        aria-label={t('language')}
        data-testid="language"
        value={locale}
        onChange={({ target }) => chooseLanguage(target.value)}
        className="h-9 cursor-pointer appearance-none rounded-lg bg-transparent ps-8 pe-3 text-sm hover:bg-ink/6"
      >
        {routing.locales.map((name) => (
          <option key={name} value={name} lang={name}>
            {LANGUAGE_NAMES[name]}
          </option>
        ))}
      </select>
    </span>
  );
}
