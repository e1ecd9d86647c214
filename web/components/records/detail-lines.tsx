'use client';

import type { ReactNode } from 'react';
import type { CollectionInfo, Field } from '@/client/collections';
import { useFormat } from '@/client/format-context';
import { useLabels } from '@/client/labels';
import type { AnyRecord } from '@/client/types';
import { cn } from '@/components/ui/cn';
import { Card, CardHeader } from '@/components/ui/surface';
import { currencyOf, FieldValue, isNumeric } from './field-value';

interface Props {
  readonly collection: CollectionInfo;
  readonly record: AnyRecord;
  readonly field: Field;
}

const FEW = 200;

/** The lines of a record as a table, with the record's own totals below. */
export function DetailLines({ collection, record, field }: Props): ReactNode {
  const labels = useLabels();
  const format = useFormat();
  const lines = record[field.name] as readonly Record<string, unknown>[];
  const columns = (field.type.element?.fields ?? []).filter(({ name }) =>
    lines.some((line) => line[name] !== undefined),
  );
  const end = ({ name }: Field): boolean =>
    isNumeric(collection, `${field.name}.${name}`) || name === 'unitPrice';
  const totals = ['subtotal', 'tax', 'total', 'paid', 'due'].flatMap((name) => {
    const [amount, currency] = [record[name], currencyOf(collection, record, name)];
    return typeof amount === 'number' && currency && (amount !== 0 || name === 'total')
      ? [{ name, text: format.money(amount, currency) }]
      : [];
  });
  return (
    <Card>
      <CardHeader title={labels.field(field.name)} hint={format.number(lines.length)} />
      <div className="overflow-x-auto">
        <table className="w-full text-sm">
          <thead>
            <tr className="border-b text-faint">
              {columns.map((column) => (
                <th
                  key={column.name}
                  scope="col"
                  className={cn(
                    'whitespace-nowrap px-3 py-2 text-start font-medium text-[0.8125rem] first:ps-5 last:pe-5 sm:last:pe-6 sm:first:ps-6',
                    end(column) && 'text-end',
                  )}
                >
                  {labels.field(column.name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y">
            {lines.slice(0, FEW).map((line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
              <tr key={index}>
                {columns.map((column) => (
                  <td
                    key={column.name}
                    className={cn(
                      'px-3 py-2.5 align-top first:ps-5 last:pe-5 sm:last:pe-6 sm:first:ps-6',
                      end(column) && 'text-end tabular-nums',
                    )}
                  >
                    <FieldValue
                      collection={collection}
                      record={record}
                      path={`${field.name}.${column.name}`}
                      value={line[column.name]}
                      compact
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {totals.length > 0 ? (
        <dl
          className="ms-auto grid w-fit grid-cols-[auto_auto] gap-x-10 gap-y-1.5 border-t px-5 py-4 text-sm tabular-nums sm:px-6"
          data-testid="totals"
        >
          {totals.map(({ name, text }) => (
            <div key={name} className={cn('contents', name === 'total' && 'font-semibold')}>
              <dt className={cn(name !== 'total' && 'text-soft')}>{labels.field(name)}</dt>
              <dd className="text-end">{text}</dd>
            </div>
          ))}
        </dl>
      ) : null}
    </Card>
  );
}
