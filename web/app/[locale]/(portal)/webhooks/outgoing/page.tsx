import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { Outgoing } from '@/components/outgoing/outgoing';

export const generateMetadata = titled('outgoing');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <Outgoing />;
}
