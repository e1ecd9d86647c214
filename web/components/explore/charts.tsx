'use client';

import { ChartNoAxesCombined, EllipsisVertical, Pencil, Plus, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { explorationOf, writeExploration } from '@/client/exploration';
import { CHARTS, useMetrics } from '@/client/explorer';
import { useFormat } from '@/client/format-context';
import { useHasRole } from '@/client/me';
import type { Chart } from '@/client/metric-query';
import { useDelete, useSave } from '@/client/records';
import { usePages } from '@/client/use-pages';
import { useAnswerWords } from '@/components/chart/words';
import { Link } from '@/components/link';
import { Badge } from '@/components/ui/badge';
import { Button, IconButton } from '@/components/ui/button';
import { CardList } from '@/components/ui/card-list';
import { Confirm } from '@/components/ui/confirm';
import { Field, Input } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu';
import { MoreButton } from '@/components/ui/more-button';
import { PageHeader } from '@/components/ui/page-header';
import { EmptyState } from '@/components/ui/surface';
import { useApiForm } from '@/components/use-api-form';
import { chartsCollection } from './save-chart';

/** Questions that were kept. */
export function Charts(): ReactNode {
  const t = useTranslations('charts');
  const pages = usePages<Chart>(CHARTS, { sort: '-createdAt' });
  const explore = (
    <Button asChild tone="primary">
      <Link href="/explore">
        <Plus aria-hidden />
        {t('new')}
      </Link>
    </Button>
  );
  return (
    <>
      <PageHeader title={t('title')} text={t('text')}>
        {pages.data?.length ? explore : null}
      </PageHeader>
      <CardList
        query={pages}
        testId="charts"
        empty={
          <EmptyState icon={<ChartNoAxesCombined />} title={t('none')} text={t('noneText')}>
            {explore}
          </EmptyState>
        }
        after={<MoreButton pages={pages} />}
      >
        {(chart) => <Row key={chart.id} chart={chart} />}
      </CardList>
    </>
  );
}

function Row({ chart }: { readonly chart: Chart }): ReactNode {
  const t = useTranslations('charts');
  const explore = useTranslations('explore');
  const format = useFormat();
  const mayWrite = useHasRole('editor');
  const words = useAnswerWords();
  const { data: catalogue } = useMetrics();
  const metrics = chart.query.metrics.map((name) => {
    const metric = catalogue?.find((each) => each.name === name);
    return metric ? words.metric(metric) : name;
  });
  return (
    <li className="flex items-center pe-3 hover:bg-ink/3" data-testid="chart-row">
      <Link
        href={`/explore?${writeExploration(explorationOf(chart))}`}
        className="flex min-w-0 grow flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3.5 text-sm sm:px-6"
      >
        <span className="min-w-0 grow basis-60">
          <span className="block truncate font-medium">
            <bdi>{chart.name}</bdi>
          </span>
          <span className="block truncate text-faint text-xs">
            {[...metrics, ...(chart.query.dimensions ?? []).map(words.dimension)].join(' · ')}
          </span>
        </span>
        <Badge>{explore(`displays.${chart.display}`)}</Badge>
        <time
          dateTime={chart.updatedAt}
          className="text-faint text-xs"
          title={format.dateTime(chart.updatedAt)}
        >
          {format.ago(chart.updatedAt)}
        </time>
      </Link>
      {mayWrite ? <Actions chart={chart} label={t('actions', { name: chart.name })} /> : null}
    </li>
  );
}

function Actions({ chart, label }: { readonly chart: Chart; readonly label: string }): ReactNode {
  const t = useTranslations('charts');
  const remove = useDelete(chartsCollection());
  const [open, setOpen] = useState<'rename' | 'delete'>();
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <IconButton label={label} data-testid="chart-more">
            <EllipsisVertical aria-hidden />
          </IconButton>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem onSelect={() => setOpen('rename')}>
            <Pencil aria-hidden />
            {t('rename')}
          </MenuItem>
          <MenuItem danger onSelect={() => setOpen('delete')}>
            <Trash2 aria-hidden />
            {t('delete')}
          </MenuItem>
        </MenuContent>
      </Menu>
      {open === 'rename' ? <Rename chart={chart} onClose={() => setOpen(undefined)} /> : null}
      <Confirm
        open={open === 'delete'}
        onOpenChange={() => setOpen(undefined)}
        title={t('deleteTitle', { name: chart.name })}
        text={t('deleteText')}
        confirmLabel={t('delete')}
        onConfirm={() => remove.mutateAsync(chart)}
        danger
      />
    </>
  );
}

function Rename({ chart, onClose }: { readonly chart: Chart; readonly onClose: () => void }): ReactNode {
  const t = useTranslations('charts');
  const forms = useTranslations('forms');
  const save = useSave(chartsCollection());
  const draft = useApiForm({ name: chart.name });
  return (
    <FormDialog
      of={draft}
      onClose={onClose}
      onSubmit={async ({ name }) => {
        await save.mutateAsync({ id: chart.id, version: chart.version, data: { name } });
        onClose();
      }}
      submitLabel={forms('save')}
      title={t('rename')}
      testId="rename-chart"
    >
      <Field label={t('name')} error={draft.errorOf('name')}>
        {(control) => (
          <Input
            {...control}
            autoComplete="off"
            maxLength={120}
            {...draft.form.register('name', { required: forms('required') })}
          />
        )}
      </Field>
    </FormDialog>
  );
}
