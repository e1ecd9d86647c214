'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { Table } from '@/client/analytics';
import { collectionNamed } from '@/client/collections';
import { useFormat } from '@/client/format-context';
import { useRecord } from '@/client/records';
import { Link } from '@/components/link';
import { Card, CardHeader } from '@/components/ui/surface';
import { useTitle } from '@/views/use-title';

interface Props {
  readonly title: string;
  readonly testId: string;
  readonly table: Table;
  /** Column that names a row, and the one with its longer name. */
  readonly dimension: string;
  readonly labelColumn?: string;
  readonly currency: string;
  readonly href: (value: string) => string;
}

const SHOWN = 8;

/** What a figure is made of: rows with bars, greatest first. */
export function BarList({ title, testId, table, dimension, labelColumn, currency, href }: Props): ReactNode {
  const t = useTranslations('dashboard');
  const format = useFormat();
  const rows = table.rows.slice(0, SHOWN);
  const amountOf = (row: Table['rows'][number]): number =>
    typeof row.revenue === 'number' ? row.revenue : 0;
  const greatest = Math.max(...rows.map((row) => Math.abs(amountOf(row))), Number.MIN_VALUE);
  return (
    <Card data-testid={testId} aria-label={title}>
      <CardHeader title={title} />
      {rows.length === 0 ? <p className="px-6 pb-6 text-faint text-sm">{t('noRows')}</p> : null}
      <ol className="grid grid-cols-[minmax(0,1fr)] gap-0.5 px-3 pb-4 sm:px-4">
        {rows.map((row) => {
          const value = row[dimension];
          const id = value === null || value === undefined || value === '' ? undefined : String(value);
          const name = (labelColumn && row[labelColumn] ? String(row[labelColumn]) : undefined) ?? id;
          const amount = amountOf(row);
          const content = (
            <>
              <span className="flex items-baseline justify-between gap-3">
                <span dir="auto" className="min-w-0 truncate rtl:text-right" title={name}>
                  {name === undefined ? (
                    t(`unknown.${dimension === 'customer' ? 'customer' : 'other'}`)
                  ) : (
                    <Name name={name} dimension={dimension} />
                  )}
                </span>
                <span className="shrink-0 tabular-nums">{format.amount(amount, currency)}</span>
              </span>
              <span aria-hidden className="mt-1.5 block h-1 overflow-hidden rounded-full bg-ink/6">
                <span
                  className={
                    amount < 0 ? 'block h-full rounded-full bg-bad' : 'block h-full rounded-full bg-accent'
                  }
                  style={{ width: `${(Math.abs(amount) / greatest) * 100}%` }}
                />
              </span>
            </>
          );
          return (
            <li key={id ?? ''} data-testid={`${testId}-row`}>
              {id ? (
                <Link href={href(id)} className="block rounded-lg px-2 py-1.5 text-sm hover:bg-ink/4">
                  {content}
                </Link>
              ) : (
                <span className="block px-2 py-1.5 text-sm text-soft">{content}</span>
              )}
            </li>
          );
        })}
      </ol>
    </Card>
  );
}

/** Customers may be known by the id of a contact: then the contact's name says more. */
function Name({ name, dimension }: { readonly name: string; readonly dimension: string }): ReactNode {
  const title = useTitle();
  const format = useFormat();
  const contacts = collectionNamed('crm.contacts');
  const isContact = dimension === 'customer' && name.startsWith('con_');
  const { data } = useRecord(isContact ? contacts : undefined, name);
  return (
    <bdi>
      {contacts && data ? title(contacts, data) : dimension === 'country' ? format.country(name) : name}
    </bdi>
  );
}
