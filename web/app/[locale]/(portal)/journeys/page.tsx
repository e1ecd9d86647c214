import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { Journeys } from '@/components/journeys/journeys';

export const generateMetadata = titled('journeys');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <Journeys />;
}
