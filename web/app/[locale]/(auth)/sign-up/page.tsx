import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { SignUp } from '@/components/auth/sign-up';

export const generateMetadata = titled('signUp');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <SignUp />;
}
