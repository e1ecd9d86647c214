'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { AnswerColumn, AnswerRow, MetricAnswer } from '@/client/metric-query';
import { type DataColumn, DataTable } from '@/components/answers/data-table';
import type { AnswerWords } from '@/components/chart/words';

interface Props {
  readonly answer: MetricAnswer;
  /** The same metrics over all rows, one line a currency; undefined while unknown. */
  readonly totals: MetricAnswer | undefined;
  readonly words: AnswerWords;
}

const isFigure = ({ type }: AnswerColumn): boolean =>
  type === 'money' || type === 'number' || type === 'percent';

/** The currency of an amount: of its column, else of its row. */
const currencyOf = ({ currency }: AnswerColumn, row: AnswerRow): string | undefined =>
  currency ?? (typeof row.currency === 'string' ? row.currency : undefined);

/** An answer as a table, with totals that the warehouse computed over all rows. */
export function AnswerTable({ answer, totals, words }: Props): ReactNode {
  const t = useTranslations('explore');
  const columns = answer.columns
    .filter(({ name }) => name !== 'forecast')
    .map((column, index): DataColumn<AnswerRow> => {
      const total = totals?.columns.some(({ name }) => name === column.name);
      const isMetric = total === true && column.name !== 'currency';
      return {
        key: column.name,
        label: words.column(column),
        numeric: isFigure(column),
        cellOf: (row) => row[column.name] ?? null,
        show: (row) => <Value column={column} row={row} words={words} />,
        totals: totals?.rows.map((row) =>
          isMetric || column.name === 'currency' ? (
            <Value key="total" column={column} row={row} words={words} />
          ) : index === 0 ? (
            t('total')
          ) : null,
        ),
      };
    });
  return (
    <DataTable
      caption={t('answer')}
      columns={columns}
      rows={answer.rows}
      totals={totals?.rows.length ?? 0}
      isMarked={(row) => row.forecast === true}
      testId="answer-table"
    />
  );
}

interface ValueProps {
  readonly column: AnswerColumn;
  readonly row: AnswerRow;
  readonly words: AnswerWords;
}

function Value({ column, row, words }: ValueProps): ReactNode {
  const value = row[column.name];
  if (!isFigure(column))
    return <bdi className={value === null ? 'text-faint' : ''}>{words.member(column.name, value)}</bdi>;
  return <bdi>{words.figure(value, column, currencyOf(column, row))}</bdi>;
}
