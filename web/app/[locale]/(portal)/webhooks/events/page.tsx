import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { Events } from '@/components/outgoing/events';

export const generateMetadata = titled('events');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <Events />;
}
