'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useFormat } from '@/client/format-context';
import type { SqlHistory } from '@/client/sql-history';
import { Button } from '@/components/ui/button';
import { Card, CardHeader } from '@/components/ui/surface';

interface Props {
  readonly history: SqlHistory;
  readonly onUse: (sql: string) => void;
}

/** One's own queries, newest first. */
export function PastQueries({ history: { past, clear }, onUse }: Props): ReactNode {
  const t = useTranslations('sql');
  const format = useFormat();
  return (
    <Card aria-labelledby="past-queries" data-testid="sql-history">
      <CardHeader
        id="past-queries"
        title={t('history')}
        hint={past.length === 0 ? t('noHistory') : undefined}
      >
        {past.length > 0 ? (
          <Button size="small" tone="ghost" onClick={clear}>
            {t('clearHistory')}
          </Button>
        ) : null}
      </CardHeader>
      {past.length > 0 ? (
        <ul className="max-h-80 divide-y overflow-y-auto border-t">
          {past.map(({ sql, at }) => (
            <li key={at}>
              <button
                type="button"
                title={t('use')}
                onClick={() => onUse(sql)}
                className="flex w-full items-baseline gap-4 px-5 py-2.5 text-start hover:bg-ink/3 sm:px-6"
              >
                <code dir="ltr" className="min-w-0 grow truncate font-mono text-xs">
                  {sql.replaceAll(/\s+/g, ' ')}
                </code>
                <time dateTime={at} className="shrink-0 text-faint text-xs">
                  {format.ago(at)}
                </time>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
    </Card>
  );
}
