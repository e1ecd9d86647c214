import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { Webhooks } from '@/components/webhooks/webhooks';

export const generateMetadata = titled('webhooks');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <Webhooks />;
}
