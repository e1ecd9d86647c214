'use client';

import { Plus, Repeat } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import type { Dataset } from '@/client/datasets';
import { type Source, useSources } from '@/client/sources';
import { Button } from '@/components/ui/button';
import { CardList } from '@/components/ui/card-list';
import { EmptyState } from '@/components/ui/surface';
import { SourceDialog } from './source-dialog';
import { SourceRow } from './source-row';

/** Where a dataset's rows come from by themselves. */
export function Sources({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const t = useTranslations('sources');
  const query = useSources(dataset.id, true);
  const [asked, setAsked] = useState<'new' | Source>();
  const add = (
    <Button tone="primary" onClick={() => setAsked('new')} data-testid="new-source">
      <Plus aria-hidden />
      {t('new')}
    </Button>
  );
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      {query.data?.length ? <div className="flex justify-end">{add}</div> : null}
      <CardList
        query={query}
        testId="sources"
        empty={
          <EmptyState icon={<Repeat />} title={t('none')} text={t('noneText')}>
            {add}
          </EmptyState>
        }
      >
        {(source) => <SourceRow key={source.id} source={source} onEdit={() => setAsked(source)} />}
      </CardList>
      {asked ? (
        <SourceDialog
          dataset={dataset}
          {...(asked === 'new' ? {} : { source: asked })}
          onClose={() => setAsked(undefined)}
        />
      ) : null}
    </div>
  );
}
