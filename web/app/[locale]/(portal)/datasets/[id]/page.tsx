import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { DatasetDetail } from '@/components/datasets/dataset-detail';

export const generateMetadata = titled('datasets');

export default async function Page(props: PageProps<{ id: string }>): Promise<ReactNode> {
  await pageLocale(props);
  const { id } = await props.params;
  return <DatasetDetail id={id} />;
}
