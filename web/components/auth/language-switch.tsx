'use client';

import { Globe } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { Menu, MenuContent, MenuRadioGroup, MenuRadioItem, MenuTrigger } from '@/components/ui/menu';
import { LANGUAGE_NAMES, routing } from '@/i18n/routing';

/** Remembers the language and loads this page again in it; every page exists once a language. */
export function chooseLanguage(locale: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox ESR and on plain HTTP.
  document.cookie = `locale=${locale}; path=/; max-age=31536000; samesite=lax`;
  location.reload();
}

export function LanguageSwitch(): ReactNode {
  const locale = useLocale();
  const t = useTranslations('account');
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button
          tone="ghost"
          size="small"
          aria-label={`${t('language')}: ${LANGUAGE_NAMES[locale]}`}
          data-testid="language"
        >
          <Globe aria-hidden />
          {LANGUAGE_NAMES[locale]}
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        <MenuRadioGroup value={locale} onValueChange={chooseLanguage}>
          {routing.locales.map((name) => (
            <MenuRadioItem key={name} value={name} lang={name}>
              {LANGUAGE_NAMES[name]}
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
      </MenuContent>
    </Menu>
  );
}
