import { hasLocale } from 'next-intl';
import { getRequestConfig } from 'next-intl/server';
import { routing } from './routing';

const CATALOGUES = {
  en: () => import('../messages/en.json'),
  ar: () => import('../messages/ar.json'),
};

export default getRequestConfig(async ({ requestLocale }) => {
  const asked = await requestLocale;
  const locale = hasLocale(routing.locales, asked) ? asked : routing.defaultLocale;
  return { locale, timeZone: 'UTC', messages: (await CATALOGUES[locale]()).default };
});
