import type { ReactNode } from 'react';
import { ProblemNotice } from './problem-notice';
import { Card, Skeleton } from './surface';

interface Props<T> {
  /** The query that answers the items. */
  readonly query: {
    readonly data: readonly T[] | undefined;
    readonly error: unknown;
    readonly refetch: () => unknown;
  };
  /** Stands there when there are no items. */
  readonly empty?: ReactNode;
  /** Stands below the rows. */
  readonly after?: ReactNode;
  readonly testId?: string;
  /** One item, as a list item with its key. */
  readonly children: (item: T) => ReactNode;
}

/** A short list on a card, from loading through failing and empty to its rows. */
export function CardList<T>({
  query: { data, error, refetch },
  empty,
  after,
  testId,
  children,
}: Props<T>): ReactNode {
  return (
    <Card>
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} className="m-5" /> : null}
      {!data && !error ? <Skeleton className="m-6 h-24" /> : null}
      {data?.length === 0 ? empty : null}
      <ul className="divide-y empty:hidden" data-testid={testId}>
        {data?.map(children)}
      </ul>
      {after}
    </Card>
  );
}
