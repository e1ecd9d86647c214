'use client';

import { Pencil } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { type CollectionInfo, type Field, fieldNamed } from '@/client/collections';
import { useFormat } from '@/client/format-context';
import { useLabels } from '@/client/labels';
import { useLive } from '@/client/live-provider';
import { useHasRole } from '@/client/me';
import { isProblem } from '@/client/problem';
import { useRecord } from '@/client/records';
import type { AnyRecord } from '@/client/types';
import { Link } from '@/components/link';
import { PageSkeleton } from '@/components/shell/session-gate';
import { Button } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { PageHeader } from '@/components/ui/page-header';
import { ProblemNotice } from '@/components/ui/problem-notice';
import { Card, CardHeader } from '@/components/ui/surface';
import { collectionAt, pathOf, viewOf } from '@/views';
import { useTitle } from '@/views/use-title';
import { DetailLines } from './detail-lines';
import { FieldValue, isMoney } from './field-value';
import { History } from './history';
import { InvoiceActions } from './invoice-actions';
import { MissingRecord } from './missing-record';
import { RecordMenu } from './record-menu';

/** One record: its fields, what can be done with it, and how it came to be what it is. */
export function RecordDetail({ section, id }: { readonly section: string; readonly id: string }): ReactNode {
  const collection = collectionAt(section);
  return collection ? <Load collection={collection} id={id} /> : null;
}

function Load({ collection, id }: { readonly collection: CollectionInfo; readonly id: string }): ReactNode {
  const { data, error, refetch } = useRecord(collection, id);
  if (isProblem(error, 'not_found')) return <MissingRecord collection={collection} />;
  if (data) return <Detail collection={collection} record={data} />;
  return error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : <PageSkeleton />;
}

interface Props {
  readonly collection: CollectionInfo;
  readonly record: AnyRecord;
}

const isLines = ({ type }: Field): boolean => type.kind === 'array' && type.element?.kind === 'object';
/** What the head of the page, or the totals below the lines, say already. */
function saidElsewhere(collection: CollectionInfo, record: AnyRecord, name: string): boolean {
  const hasLines = collection.fields.some((field) => isLines(field) && isFilled(record[field.name]));
  return name === 'status' || name === viewOf(collection).title[0] || (hasLines && isMoney(collection, name));
}

const isFilled = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);

function Detail({ collection, record }: Props): ReactNode {
  const title = useTitle();
  const t = useTranslations('records');
  const labels = useLabels();
  const { changed } = useLive();
  const shown = collection.fields.filter(
    (field) =>
      !isLines(field) && isFilled(record[field.name]) && !saidElsewhere(collection, record, field.name),
  );
  return (
    <>
      <PageHeader
        title={title(collection, record)}
        above={
          <Link href={pathOf(collection)} className="hover:underline">
            {labels.many(collection)}
          </Link>
        }
        text={<Summary collection={collection} record={record} />}
      >
        <Actions collection={collection} record={record} />
      </PageHeader>
      <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="grid gap-5">
          <Card
            className={cn(changed.has(record.id) && 'animate-changed')}
            aria-label={t('details')}
            data-testid="record-detail"
            data-version={record.version}
          >
            <dl className="grid gap-x-6 gap-y-5 p-5 sm:grid-cols-2 sm:p-6">
              {shown.map(({ name }) => (
                <div
                  key={name}
                  className={cn(
                    'min-w-0',
                    (viewOf(collection).multiline?.includes(name) ||
                      viewOf(collection).wide?.includes(name)) &&
                      'sm:col-span-2',
                  )}
                  data-field={name}
                >
                  <dt className="mb-1 text-[0.8125rem] text-faint">{labels.field(name)}</dt>
                  <dd className="text-sm">
                    <FieldValue collection={collection} record={record} path={name} />
                  </dd>
                </div>
              ))}
            </dl>
          </Card>
          {collection.fields
            .filter((field) => isLines(field) && isFilled(record[field.name]))
            .map((field) => (
              <DetailLines key={field.name} collection={collection} record={record} field={field} />
            ))}
        </div>
        <Card>
          <CardHeader title={t('history')} />
          <History collection={collection} record={record} />
        </Card>
      </div>
    </>
  );
}

function Summary({ collection, record }: Props): ReactNode {
  const t = useTranslations('records');
  const format = useFormat();
  return (
    <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
      {fieldNamed(collection, 'status') && record.status ? (
        <FieldValue collection={collection} record={record} path="status" />
      ) : null}
      <span>{t('updated', { when: format.ago(record.updatedAt) })}</span>
    </span>
  );
}

function Actions({ collection, record }: Props): ReactNode {
  const t = useTranslations('records');
  const mayWrite = useHasRole('editor') && !collection.readOnly;
  const view = viewOf(collection);
  return (
    <>
      {mayWrite && collection.name === 'finance.invoices' ? (
        <InvoiceActions collection={collection} record={record} />
      ) : null}
      {mayWrite && (view.editable?.(record) ?? true) ? (
        <Button asChild data-testid="edit">
          <Link href={`${pathOf(collection, record.id)}/edit`}>
            <Pencil aria-hidden />
            {t('edit')}
          </Link>
        </Button>
      ) : null}
      <RecordMenu
        collection={collection}
        record={record}
        mayDelete={mayWrite && (view.deletable?.(record) ?? true)}
      />
    </>
  );
}
