'use client';

import { Plus, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useFieldArray, useFormContext, useWatch } from 'react-hook-form';
import type { CollectionInfo, Field as FieldInfo } from '@/client/collections';
import { useFormat } from '@/client/format-context';
import { useLabels } from '@/client/labels';
import { lineAmount, lineTax } from '@/client/money';
import { useTenantCurrency } from '@/client/tenant';
import { Button, IconButton } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { Field, Input } from '@/components/ui/field';
import { type FormValues, lineFields } from './form-values';

interface Props {
  readonly collection: CollectionInfo;
  readonly field: FieldInfo;
  readonly disabled: boolean;
}

type Line = Readonly<Record<string, string>>;

const NUMERIC = new Set(['integer', 'number']);
const isFigure = ({ name, type }: FieldInfo): boolean =>
  NUMERIC.has(type.kind) || name === 'unitPrice' || name === 'taxRate';
/** Share of the width that a column of a line takes. */
const weight = (field: FieldInfo): string =>
  field.name === 'description' ? 'minmax(0,2.6fr)' : isFigure(field) ? 'minmax(0,0.9fr)' : 'minmax(0,1.1fr)';

/** Lines of a record, such as those of an invoice; where they have quantity and price, their amounts are shown as one types. */
export function LinesEditor({ collection, field, disabled }: Props): ReactNode {
  const t = useTranslations('forms');
  const labels = useLabels();
  const { control, formState, getFieldState } = useFormContext();
  const { fields: rows, append, remove } = useFieldArray({ control, name: field.name });
  const columns = lineFields(collection, field);
  const priced = ['quantity', 'unitPrice'].every((name) => columns.some((column) => column.name === name));
  const template = [...columns.map(weight), ...(priced ? ['minmax(0,1fr)'] : []), '2.25rem'].join(' ');
  const error = getFieldState(field.name, formState).error;
  const empty = (): Record<string, string> =>
    Object.fromEntries(columns.map(({ name }) => [name, name === 'quantity' ? '1' : '']));
  return (
    <fieldset disabled={disabled} data-testid={`lines-${field.name}`}>
      <legend className="mb-2 font-medium text-[0.8125rem]">{labels.field(field.name)}</legend>
      {rows.length > 0 ? (
        <div
          aria-hidden
          className="mb-1.5 hidden gap-2 px-1 text-faint text-xs md:grid"
          style={{ gridTemplateColumns: template }}
        >
          {columns.map((column) => (
            <span key={column.name} className={cn(isFigure(column) && 'text-end')}>
              {labels.field(column.name)}
            </span>
          ))}
          {priced ? <span className="text-end">{labels.field('amount')}</span> : null}
        </div>
      ) : null}
      <ol className="grid gap-2 max-md:gap-3">
        {rows.map((row, index) => (
          <li
            key={row.id}
            className="grid gap-2 max-md:grid-cols-2 max-md:rounded-xl max-md:border max-md:p-3 md:items-start md:[grid-template-columns:var(--lines)]"
            style={{ '--lines': template } as React.CSSProperties}
          >
            {columns.map((column) => (
              <LineCell key={column.name} list={field.name} index={index} column={column} />
            ))}
            {priced ? <LineAmount list={field.name} index={index} /> : null}
            <IconButton
              label={t('removeLine', { number: index + 1 })}
              onClick={() => remove(index)}
              disabled={rows.length === 1 && !field.type.optional}
              className="max-md:col-span-2 max-md:justify-self-end"
            >
              <Trash2 aria-hidden />
            </IconButton>
          </li>
        ))}
      </ol>
      {typeof error?.message === 'string' ? (
        <p role="alert" className="mt-2 text-[0.8125rem] text-bad">
          {error.message}
        </p>
      ) : null}
      <div className="mt-3 flex flex-wrap items-start justify-between gap-4">
        <Button size="small" onClick={() => append(empty())} data-testid="add-line">
          <Plus aria-hidden />
          {t('addLine')}
        </Button>
        {priced ? <Totals list={field.name} /> : null}
      </div>
    </fieldset>
  );
}

function LineCell({
  list,
  index,
  column,
}: {
  readonly list: string;
  readonly index: number;
  readonly column: FieldInfo;
}): ReactNode {
  const t = useTranslations('forms');
  const labels = useLabels();
  const { register, formState, getFieldState } = useFormContext<FormValues>();
  const path = `${list}.${index}.${column.name}`;
  const figure = isFigure(column);
  const validate = (value: unknown): true | string => {
    const text = String(value ?? '').trim();
    if (text === '') return column.type.optional ? true : t('required');
    return figure && !/^-?\d+(?:\.\d+)?$/.test(text) ? t('number') : true;
  };
  return (
    <Field
      label={labels.field(column.name)}
      error={getFieldState(path, formState).error?.message}
      className={cn('md:[&>div:first-child]:sr-only', !isFigure(column) && 'max-md:col-span-2')}
    >
      {(control) => (
        <Input
          {...control}
          aria-label={t('lineField', { field: labels.field(column.name), number: index + 1 })}
          inputMode={figure ? 'decimal' : undefined}
          dir={figure ? 'ltr' : 'auto'}
          autoComplete="off"
          className={cn(figure && 'text-end tabular-nums')}
          {...register(path, {
            validate,
            setValueAs: (value: unknown) =>
              figure && typeof value === 'string' ? value.replace(',', '.') : value,
          })}
        />
      )}
    </Field>
  );
}

function useLineCurrency(): string {
  const fallback = useTenantCurrency();
  const chosen = useWatch({ name: 'currency' }) as unknown;
  return typeof chosen === 'string' && chosen !== '' ? chosen : fallback;
}

function LineAmount({ list, index }: { readonly list: string; readonly index: number }): ReactNode {
  const format = useFormat();
  const labels = useLabels();
  const currency = useLineCurrency();
  const line = useWatch({ name: `${list}.${index}` }) as Line | undefined;
  const amount = line ? lineAmount(line.quantity ?? '', line.unitPrice ?? '', currency) : undefined;
  return (
    <output
      aria-label={labels.field('amount')}
      className="h-9 self-end text-end text-sm tabular-nums leading-9"
    >
      {amount === undefined ? '–' : format.money(amount, currency)}
    </output>
  );
}

/** What the lines come to, by the rule the API uses: each line rounded once, tax on top. */
function Totals({ list }: { readonly list: string }): ReactNode {
  const format = useFormat();
  const labels = useLabels();
  const currency = useLineCurrency();
  const lines = (useWatch({ name: list }) ?? []) as readonly Line[];
  const amounts = lines.map(
    ({ quantity = '', unitPrice = '' }) => lineAmount(quantity, unitPrice, currency) ?? 0,
  );
  const subtotal = amounts.reduce((sum, amount) => sum + amount, 0);
  const tax = lines.reduce(
    (sum, { taxRate = '' }, index) => sum + (lineTax(amounts[index] ?? 0, taxRate) ?? 0),
    0,
  );
  return (
    <dl
      aria-live="polite"
      className="ms-auto grid grid-cols-[auto_auto] gap-x-8 gap-y-1 text-sm tabular-nums"
      data-testid="live-totals"
    >
      {tax !== 0 ? (
        <>
          <dt className="text-soft">{labels.field('subtotal')}</dt>
          <dd className="text-end">{format.money(subtotal, currency)}</dd>
          <dt className="text-soft">{labels.field('tax')}</dt>
          <dd className="text-end">{format.money(tax, currency)}</dd>
        </>
      ) : null}
      <dt className="font-semibold">{labels.field('total')}</dt>
      <dd className="text-end font-semibold" data-testid="live-total">
        {format.money(subtotal + tax, currency)}
      </dd>
    </dl>
  );
}
