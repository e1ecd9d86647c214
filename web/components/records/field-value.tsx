'use client';

import { Check, Minus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { type CollectionInfo, collectionNamed, fieldAt, isIdOf, valueAt } from '@/client/collections';
import type { Format } from '@/client/format';
import { useFormat } from '@/client/format-context';
import { useLabels } from '@/client/labels';
import { useRecord } from '@/client/records';
import { Link } from '@/components/link';
import { Badge, type Tone } from '@/components/ui/badge';
import { pathOf, viewOf } from '@/views';
import { useTitle } from '@/views/use-title';

const TONES: Readonly<Record<string, Tone>> = {
  paid: 'good',
  customer: 'good',
  active: 'good',
  done: 'good',
  delivered: 'good',
  accepted: 'good',
  issued: 'info',
  lead: 'info',
  running: 'info',
  prospect: 'info',
  qualified: 'accent',
  partially_paid: 'warn',
  overdue: 'bad',
  failed: 'bad',
  rejected: 'bad',
  churned: 'bad',
  lost: 'bad',
  credit_note: 'warn',
};

export const toneOf = (value: string): Tone => TONES[value] ?? 'neutral';

interface Props {
  readonly collection: CollectionInfo;
  /** A record, or a part of one. */
  readonly record: Readonly<Record<string, unknown>>;
  /** Dotted path of the field in the collection. */
  readonly path: string;
  /** The value, when it is not at `path` of the record (an element of an array). */
  readonly value?: unknown;
  /** In a row: short, without links of its own. */
  readonly compact?: boolean;
}

/** The currency of an amount of this record: the field that the view names. */
export function currencyOf(
  collection: CollectionInfo,
  record: Readonly<Record<string, unknown>>,
  path: string,
): string | undefined {
  const field =
    viewOf(collection).money?.[path] ??
    (fieldAt(collection, path)?.type.format === 'money' ? 'currency' : undefined);
  const currency = field && record[field];
  return typeof currency === 'string' ? currency : undefined;
}

export const isMoney = (collection: CollectionInfo, path: string): boolean =>
  Boolean(viewOf(collection).money?.[path]) || fieldAt(collection, path)?.type.format === 'money';

const NUMERIC = new Set(['integer', 'number']);

export const isNumeric = (collection: CollectionInfo, path: string): boolean =>
  NUMERIC.has(fieldAt(collection, path)?.type.kind ?? '');

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '';

/** One value of a record, as people read it. */
export function FieldValue({
  collection,
  record,
  path,
  value = valueAt(record, path),
  compact,
}: Props): ReactNode {
  const t = useTranslations('records');
  const format = useFormat();
  const labels = useLabels();
  const type = fieldAt(collection, path)?.type;
  const reference = viewOf(collection).references?.[path];
  const instead = viewOf(collection).fallback?.[path];
  if (isEmpty(value) && instead && !isEmpty(record[instead]))
    return <FieldValue collection={collection} record={record} path={instead} compact={compact} />;
  if (isEmpty(value))
    return <Minus className="inline size-3.5 text-edge" role="img" aria-label={t('none')} />;
  if (reference && isIdOf(collectionNamed(reference.collection), value))
    return (
      <Reference
        collection={reference.collection}
        id={String(value)}
        label={reference.label ? record[reference.label] : undefined}
        compact={compact}
      />
    );
  const price = viewOf(collection).prices?.[path];
  if (price && typeof record[price] === 'string' && Number.isFinite(Number(value)))
    return <span className="tabular-nums">{format.price(Number(value), record[price])}</span>;
  switch (type?.kind) {
    case 'enum':
      return <Badge tone={toneOf(String(value))}>{labels.value(String(value))}</Badge>;
    case 'boolean':
      return value ? (
        <Check className="inline size-4 text-good" role="img" aria-label={t('yes')} />
      ) : (
        <Minus className="inline size-3.5 text-edge" role="img" aria-label={t('no')} />
      );
    case 'integer':
    case 'number':
      return (
        <span className="tabular-nums">
          {figure(format, Number(value), currencyOf(collection, record, path))}
        </span>
      );
    case 'instant':
      return (
        <time dateTime={String(value)} title={format.dateTime(String(value))}>
          {compact
            ? path === 'updatedAt'
              ? format.ago(String(value))
              : format.date(String(value))
            : format.dateTime(String(value))}
        </time>
      );
    case 'date':
      return <time dateTime={String(value)}>{format.date(String(value))}</time>;
    case 'array':
      return <ArrayValue value={value} compact={compact} />;
    case 'object':
    case 'json':
      return <code className="break-all font-mono text-xs">{JSON.stringify(value)}</code>;
    default:
      return <TextValue value={String(value)} name={path} format={type?.format} compact={compact} />;
  }
}

const figure = (format: Format, value: number, currency: string | undefined): string =>
  currency ? format.money(value, currency) : format.number(value);

function ArrayValue({ value, compact }: { readonly value: unknown; readonly compact?: boolean }): ReactNode {
  const format = useFormat();
  const list = Array.isArray(value) ? value : [];
  if (list.some((element) => typeof element === 'object'))
    return <span className="tabular-nums">{format.number(list.length)}</span>;
  const shown = compact ? list.slice(0, 2) : list;
  return (
    <span className="flex flex-wrap gap-1">
      {shown.map((element) => (
        <Badge key={String(element)}>{String(element)}</Badge>
      ))}
      {list.length > shown.length ? <Badge>+{format.number(list.length - shown.length)}</Badge> : null}
    </span>
  );
}

function TextValue({
  value,
  name,
  format: kind,
  compact,
}: {
  readonly value: string;
  readonly name: string;
  readonly format?: string;
  readonly compact?: boolean;
}): ReactNode {
  const format = useFormat();
  const link = 'wrap-anywhere text-accent underline-offset-4 hover:underline';
  if (name === 'country') return format.country(value);
  if (compact) return <bdi>{value}</bdi>;
  if (kind === 'email' || name === 'email')
    return (
      <a className={link} href={`mailto:${value}`}>
        <bdi>{value}</bdi>
      </a>
    );
  if (name === 'phone')
    return (
      <a className={link} href={`tel:${value}`}>
        <bdi dir="ltr">{value}</bdi>
      </a>
    );
  if (kind === 'url' && /^https?:/.test(value))
    return (
      <a className={link} href={value} rel="noreferrer" target="_blank">
        <bdi dir="ltr">{value}</bdi>
      </a>
    );
  return <bdi className="whitespace-pre-wrap wrap-anywhere">{value}</bdi>;
}

/** Another record, by its name. The name is fetched when this record does not repeat it. */
function Reference({
  collection: name,
  id,
  label,
  compact,
}: {
  readonly collection: string;
  readonly id: string;
  readonly label: unknown;
  readonly compact?: boolean;
}): ReactNode {
  const title = useTitle();
  const collection = collectionNamed(name);
  const known = typeof label === 'string' && label !== '' ? label : undefined;
  const { data } = useRecord(known ? undefined : collection, id);
  const text = known ?? (collection && data ? title(collection, data) : id);
  if (compact || !collection) return <bdi>{text}</bdi>;
  return (
    <Link className="text-accent underline-offset-4 hover:underline" href={pathOf(collection, id)}>
      <bdi>{text}</bdi>
    </Link>
  );
}
