'use client';

import { useLocale, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { chooseLanguage } from '@/components/auth/choose-language';
import { Field, Select } from '@/components/ui/field';
import { Segmented } from '@/components/ui/segmented';
import { useTheme } from '@/components/use-theme';
import { LANGUAGE_NAMES, routing } from '@/i18n/routing';

/** Theme and language of this device. */
export function Appearance(): ReactNode {
  const t = useTranslations('account');
  const locale = useLocale();
  const { theme, setTheme } = useTheme();
  return (
    <div className="grid gap-5">
      <div className="grid justify-items-start gap-1.5">
        <p className="font-medium text-[0.8125rem]">{t('theme')}</p>
        <Segmented
          label={t('theme')}
          value={theme}
          onChange={setTheme}
          options={(['system', 'light', 'dark'] as const).map((value) => ({
            value,
            label: t(`themes.${value}`),
          }))}
        />
      </div>
      <Field label={t('language')} className="max-w-64">
        {(control) => (
          <Select {...control} value={locale} onChange={({ target }) => chooseLanguage(target.value)}>
            {routing.locales.map((name) => (
              <option key={name} value={name} lang={name}>
                {LANGUAGE_NAMES[name]}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </div>
  );
}
