'use client';

import { useLocale, useTranslations } from 'next-intl';
import { type ComponentProps, type ReactNode, useMemo } from 'react';
import { Select } from './ui/field';

/** Offered first; every other currency of ISO 4217 follows. */
const COMMON = ['EUR', 'USD', 'GBP', 'CHF', 'AED', 'SAR', 'INR', 'JPY'];

export function CurrencySelect({ required, ...props }: ComponentProps<'select'>): ReactNode {
  const t = useTranslations('forms');
  const locale = useLocale();
  const groups = useMemo(() => {
    const names = new Intl.DisplayNames(locale, { type: 'currency', fallback: 'code' });
    const label = (code: string): readonly [string, string] => [code, `${code} · ${names.of(code) ?? code}`];
    const others = Intl.supportedValuesOf('currency').filter((code) => !COMMON.includes(code));
    return [COMMON.map(label), others.map(label)] as const;
  }, [locale]);
  return (
    <Select {...props}>
      {required ? null : <option value="">{t('tenantCurrency')}</option>}
      {groups.map((group, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two fixed groups
        <optgroup key={index} label={t(index === 0 ? 'commonCurrencies' : 'allCurrencies')}>
          {group.map(([code, text]) => (
            <option key={code} value={code}>
              {text}
            </option>
          ))}
        </optgroup>
      ))}
    </Select>
  );
}
