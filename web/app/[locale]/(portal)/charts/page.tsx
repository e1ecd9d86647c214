import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { Charts } from '@/components/explore/charts';

export const generateMetadata = titled('charts');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <Charts />;
}
