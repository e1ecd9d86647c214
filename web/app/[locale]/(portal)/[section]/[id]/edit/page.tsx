import type { ReactNode } from 'react';
import { type PageProps, pageLocale } from '@/app/page-locale';
import { EditRecord } from '@/components/records/edit-record';

export default async function Page(props: PageProps<{ section: string; id: string }>): Promise<ReactNode> {
  await pageLocale(props);
  const { section, id } = await props.params;
  return <EditRecord section={section} id={id} />;
}
