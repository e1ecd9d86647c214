import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { OutgoingDetail } from '@/components/outgoing/outgoing-detail';

export const generateMetadata = titled('outgoing');

export default async function Page(props: PageProps<{ id: string }>): Promise<ReactNode> {
  await pageLocale(props);
  const { id } = await props.params;
  return <OutgoingDetail id={id} />;
}
