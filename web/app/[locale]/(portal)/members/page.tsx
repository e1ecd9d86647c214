import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { Members } from '@/components/settings/members';

export const generateMetadata = titled('members');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <Members />;
}
