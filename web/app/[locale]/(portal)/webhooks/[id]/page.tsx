import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { WebhookDetail } from '@/components/webhooks/webhook-detail';

export const generateMetadata = titled('webhooks');

export default async function Page(props: PageProps<{ id: string }>): Promise<ReactNode> {
  await pageLocale(props);
  const { id } = await props.params;
  return <WebhookDetail id={id} />;
}
