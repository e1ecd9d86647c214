import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { getMessages } from 'next-intl/server';
import type { ReactNode } from 'react';
import { type PageProps, pageLocale } from '@/app/page-locale';
import { makeLabels } from '@/client/words';
import { collectionAt, SECTIONS } from '@/views';

type Props = PageProps<{ section: string }>;

export const generateStaticParams = (): { section: string }[] =>
  SECTIONS.map(({ view }) => ({ section: view.slug }));

export async function generateMetadata(props: Props): Promise<Metadata> {
  const locale = await pageLocale(props);
  const collection = collectionAt((await props.params).section);
  return collection ? { title: makeLabels(await getMessages({ locale })).many(collection) } : {};
}

export default async function SectionLayout(
  props: Props & { readonly children: ReactNode },
): Promise<ReactNode> {
  await pageLocale(props);
  if (!collectionAt((await props.params).section)) notFound();
  return props.children;
}
