import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { NewDataset } from '@/components/datasets/new-dataset';

export const generateMetadata = titled('newDataset');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <NewDataset />;
}
