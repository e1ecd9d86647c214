import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { Imports } from '@/components/imports/imports';

export const generateMetadata = titled('imports');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <Imports />;
}
