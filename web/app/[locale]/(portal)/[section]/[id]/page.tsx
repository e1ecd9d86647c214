import type { ReactNode } from 'react';
import { type PageProps, pageLocale } from '@/app/page-locale';
import { RecordDetail } from '@/components/records/record-detail';

export default async function Page(props: PageProps<{ section: string; id: string }>): Promise<ReactNode> {
  await pageLocale(props);
  const { section, id } = await props.params;
  return <RecordDetail section={section} id={id} />;
}
