import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { Settings } from '@/components/settings/settings';

export const generateMetadata = titled('settings');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <Settings />;
}
