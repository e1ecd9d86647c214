import type { ReactNode } from 'react';
import { type PageProps, pageLocale, titled } from '@/app/page-locale';
import { SignIn } from '@/components/auth/sign-in';

export const generateMetadata = titled('signIn');

export default async function Page(props: PageProps): Promise<ReactNode> {
  await pageLocale(props);
  return <SignIn />;
}
