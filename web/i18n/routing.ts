import { defineRouting } from 'next-intl/routing';

/** Languages of the portal. Each page is built once a language; the address does not show which. */
export const routing = defineRouting({
  locales: ['en', 'ar'],
  defaultLocale: 'en',
  localePrefix: 'never',
  alternateLinks: false,
  localeCookie: { name: 'locale', maxAge: 60 * 60 * 24 * 365, sameSite: 'lax' },
});

export type Locale = (typeof routing.locales)[number];

export const directionOf = (locale: string): 'ltr' | 'rtl' =>
  new Set(['ar', 'he', 'fa', 'ur']).has(locale) ? 'rtl' : 'ltr';

/** Names of the languages, each in itself. */
export const LANGUAGE_NAMES: Readonly<Record<Locale, string>> = { en: 'English', ar: 'العربية' };
