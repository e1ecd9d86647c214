import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { Jobs } from '@/components/jobs/jobs';

export const generateMetadata = titled('jobs');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <Jobs />;
}
