import type { ReactNode } from 'react';
import { type PageProps, pageLocale } from '@/app/page-locale';
import { RecordList } from '@/components/records/record-list';

export default async function Page(props: PageProps<{ section: string }>): Promise<ReactNode> {
  await pageLocale(props);
  return <RecordList section={(await props.params).section} />;
}
