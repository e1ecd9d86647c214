import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { ApiKeys } from '@/components/settings/api-keys';

export const generateMetadata = titled('apiKeys');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <ApiKeys />;
}
