import type { ReactNode } from 'react';
import { type PageProps, pageLocale } from '@/app/page-locale';
import { NewRecord } from '@/components/records/new-record';

export default async function Page(props: PageProps<{ section: string }>): Promise<ReactNode> {
  await pageLocale(props);
  return <NewRecord section={(await props.params).section} />;
}
