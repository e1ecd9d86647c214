import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { Dashboard } from '@/components/dashboard/dashboard';

export const generateMetadata = titled('dashboard');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <Dashboard />;
}
