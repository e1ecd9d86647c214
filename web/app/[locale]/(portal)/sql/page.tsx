import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { SqlPage } from '@/components/sql/sql-page';

export const generateMetadata = titled('sql');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <SqlPage />;
}
