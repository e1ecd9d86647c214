import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { Explorer } from '@/components/explore/explorer';

export const generateMetadata = titled('explore');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <Explorer />;
}
