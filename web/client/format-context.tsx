'use client';

import { useLocale } from 'next-intl';
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { type Format, makeFormat } from './format';

const FormatContext = createContext<Format | undefined>(undefined);

export function FormatProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const locale = useRegionalLocale();
  const format = useMemo(() => makeFormat(locale), [locale]);
  return <FormatContext value={format}>{children}</FormatContext>;
}

/** Figures, money and dates in the reader's language. Instants are shown in the reader's time zone. */
export function useFormat(): Format {
  const format = useContext(FormatContext);
  if (!format) throw new Error('useFormat needs a FormatProvider above it.');
  return format;
}

/** The portal's language as the reader's region writes it: `en` is `en-GB` for a browser set to British English. */
export function useRegionalLocale(): string {
  const locale = useLocale();
  const wanted = typeof navigator === 'undefined' ? [] : navigator.languages;
  return wanted.find((tag) => tag.startsWith(`${locale}-`)) ?? locale;
}
