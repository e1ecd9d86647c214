import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { Join } from '@/components/auth/join';

export const generateMetadata = titled('join');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <Join />;
}
