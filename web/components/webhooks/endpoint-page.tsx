'use client';

import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type FieldValues, FormProvider } from 'react-hook-form';
import { Link } from '@/components/link';
import { PageSkeleton } from '@/components/shell/session-gate';
import { Button } from '@/components/ui/button';
import { PageHeader } from '@/components/ui/page-header';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card, CardHeader } from '@/components/ui/surface';
import type { ApiForm } from '@/components/use-api-form';

interface PageProps<T> {
  readonly query: UseQueryResult<T>;
  readonly up: { readonly href: string; readonly label: string };
  readonly title: (endpoint: T) => string;
  readonly text?: (endpoint: T) => string | undefined;
  readonly actions: (endpoint: T) => ReactNode;
  readonly children: (endpoint: T) => ReactNode;
}

/** One endpoint of either direction: what happened, then how it is set up. */
export function EndpointPage<T>({ query, up, title, text, actions, children }: PageProps<T>): ReactNode {
  const { data, error, refetch } = query;
  if (!data) return error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : <PageSkeleton />;
  return (
    <>
      <PageHeader
        title={title(data)}
        text={text?.(data)}
        above={
          <Link href={up.href} className="hover:underline">
            {up.label}
          </Link>
        }
      >
        {actions(data)}
      </PageHeader>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5">{children(data)}</div>
    </>
  );
}

interface FormProps<T extends FieldValues> {
  readonly of: ApiForm<T>;
  readonly onSubmit: (values: T) => Promise<unknown>;
  readonly words: Readonly<Record<'title' | 'save', string>>;
  readonly children: ReactNode;
}

/** The set-up of an endpoint, as a form on a card. */
export const EndpointForm = <T extends FieldValues>({
  of: { form, problem, busy, submit },
  onSubmit,
  words,
  children,
}: FormProps<T>): ReactNode => (
  <Card className="max-w-4xl">
    <CardHeader title={words.title} />
    <FormProvider {...form}>
      <form
        noValidate
        className="grid grid-cols-[minmax(0,1fr)] gap-4 px-5 pb-6 sm:px-6"
        onSubmit={submit(onSubmit)}
      >
        {problem ? <ProblemNotice error={problem} /> : null}
        {children}
        <div>
          <Button type="submit" tone="primary" busy={busy}>
            {words.save}
          </Button>
        </div>
      </form>
    </FormProvider>
  </Card>
);
