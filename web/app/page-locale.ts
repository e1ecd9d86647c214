import type { Metadata } from 'next';
import { getTranslations, setRequestLocale } from 'next-intl/server';
import { type Locale, routing } from '@/i18n/routing';

/** What Next gives every page below `[locale]`. */
export interface PageProps<Params extends object = object> {
  readonly params: Promise<{ locale: string } & Params>;
}

/** The page's language; telling next-intl lets the page be built ahead of time. */
export async function pageLocale({ params }: PageProps): Promise<Locale> {
  const { locale } = await params;
  const known = routing.locales.find((candidate) => candidate === locale) ?? routing.defaultLocale;
  setRequestLocale(known);
  return known;
}

type Title =
  | 'dashboard'
  | 'explore'
  | 'charts'
  | 'journeys'
  | 'sql'
  | 'imports'
  | 'datasets'
  | 'newDataset'
  | 'webhooks'
  | 'outgoing'
  | 'events'
  | 'jobs'
  | 'apiKeys'
  | 'members'
  | 'settings'
  | 'signIn'
  | 'signUp'
  | 'join'
  | 'notFound';

/** The `generateMetadata` of a page with a fixed title; browsers and screen readers announce it. */
export const titled =
  (title: Title) =>
  async (props: PageProps): Promise<Metadata> => {
    const t = await getTranslations({ locale: await pageLocale(props), namespace: 'titles' });
    return { title: t(title) };
  };
