import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { Datasets } from '@/components/datasets/datasets';

export const generateMetadata = titled('datasets');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <Datasets />;
}
