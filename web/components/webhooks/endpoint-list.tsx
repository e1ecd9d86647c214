'use client';

import type { UseQueryResult } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useFormat } from '@/client/format-context';
import type { AnyRecord, Page } from '@/client/types';
import { Link } from '@/components/link';
import { Button } from '@/components/ui/button';
import { CardList } from '@/components/ui/card-list';
import { PageHeader } from '@/components/ui/page-header';
import { EmptyState } from '@/components/ui/surface';
import { WebhookTabs } from './webhook-tabs';

interface ListProps<T extends AnyRecord> {
  readonly words: Readonly<Record<'title' | 'text' | 'add' | 'none' | 'noneText', string>>;
  readonly icon: ReactNode;
  readonly query: UseQueryResult<Page<T>>;
  readonly testId: string;
  readonly row: (endpoint: T) => ReactNode;
  /** The dialog that makes a new one. */
  readonly dialog: (close: () => void) => ReactNode;
}

/** The endpoints of one direction, and the way to a new one. */
export function EndpointList<T extends AnyRecord>({
  words,
  icon,
  query: { data, error, refetch },
  testId,
  row,
  dialog,
}: ListProps<T>): ReactNode {
  const [creating, setCreating] = useState(false);
  const add = (
    <Button tone="primary" onClick={() => setCreating(true)} data-testid={`new-${testId}`}>
      <Plus aria-hidden />
      {words.add}
    </Button>
  );
  return (
    <>
      <PageHeader title={words.title} text={words.text}>
        {data?.items.length ? add : null}
      </PageHeader>
      <WebhookTabs />
      <CardList
        query={{ data: data?.items, error, refetch }}
        testId={`${testId}-list`}
        empty={
          <EmptyState icon={icon} title={words.none} text={words.noneText}>
            {add}
          </EmptyState>
        }
      >
        {row}
      </CardList>
      {creating ? dialog(() => setCreating(false)) : null}
    </>
  );
}

interface RowProps {
  readonly href: string;
  readonly createdAt: string;
  readonly children: ReactNode;
}

/** A row that leads to its endpoint, and says when it was made. */
export function EndpointRow({ href, createdAt, children }: RowProps): ReactNode {
  const format = useFormat();
  return (
    <li>
      <Link
        href={href}
        className="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3.5 text-sm hover:bg-ink/3 sm:px-6"
      >
        {children}
        <time className="text-faint text-xs" dateTime={createdAt}>
          {format.ago(createdAt)}
        </time>
      </Link>
    </li>
  );
}
