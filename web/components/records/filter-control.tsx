'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { type CollectionInfo, type FieldType, fieldAt } from '@/client/collections';
import { useLabels } from '@/client/labels';
import { moneyText, parseMoney } from '@/client/money';
import { Field, Input, Select } from '@/components/ui/field';
import { viewOf } from '@/views';
import { isMoney } from './field-value';
import { RecordPicker } from './record-picker';

const RANGES = new Set(['integer', 'number', 'instant', 'date']);
export const DATES = new Set(['instant', 'date']);

/** A whole day means from its first to its last moment, in the reader's time zone. */
const dayAsInstant = (day: string, end: boolean): string =>
  new Date(`${day}T${end ? '23:59:59.999' : '00:00:00'}`).toISOString();
const instantAsDay = (iso: string): string => {
  const at = new Date(iso);
  return Number.isNaN(at.getTime())
    ? ''
    : `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`;
};

interface ControlProps {
  readonly collection: CollectionInfo;
  readonly path: string;
  readonly draft: Readonly<Record<string, string>>;
  readonly wrong: ReadonlySet<string>;
  readonly currency: string;
  readonly onChange: (name: string, value: string | undefined) => void;
}

/** One declared filter: a range for figures and days, a choice, or a value. */
export function FilterControl({
  collection,
  path,
  draft,
  wrong,
  currency,
  onChange,
}: ControlProps): ReactNode {
  const t = useTranslations('records');
  const labels = useLabels();
  const type = fieldAt(collection, path)?.type;
  if (!type) return null;
  const label = labels.field(path);
  const reference = viewOf(collection).references?.[path];
  if (RANGES.has(type.kind)) {
    return (
      <fieldset>
        <legend className="mb-1.5 font-medium text-[0.8125rem]">{label}</legend>
        <div className="grid grid-cols-2 gap-2">
          {(['gte', 'lte'] as const).map((operator) => {
            const name = `${path}.${operator}`;
            return (
              <Bound
                key={name}
                label={t(operator === 'gte' ? 'from' : 'to', { field: label })}
                placeholder={t(operator === 'gte' ? 'fromShort' : 'toShort')}
                type={type}
                money={isMoney(collection, path) ? currency : undefined}
                end={operator === 'lte'}
                value={draft[name] ?? ''}
                invalid={wrong.has(name)}
                onChange={(value) => onChange(name, value)}
              />
            );
          })}
        </div>
      </fieldset>
    );
  }
  return (
    <Field label={label}>
      {(control) => {
        if (reference)
          return (
            <RecordPicker
              {...control}
              collection={reference.collection}
              value={draft[path] ?? ''}
              onChange={(value) => onChange(path, value)}
            />
          );
        if (type.kind === 'enum' || type.kind === 'boolean') {
          const values = type.kind === 'boolean' ? ['true', 'false'] : (type.values ?? []);
          return (
            <Select
              {...control}
              value={draft[path] ?? ''}
              onChange={({ target }) => onChange(path, target.value)}
            >
              <option value="">{t('any')}</option>
              {values.map((value) => (
                <option key={value} value={value}>
                  {type.kind === 'boolean' ? t(value === 'true' ? 'yes' : 'no') : labels.value(value)}
                </option>
              ))}
            </Select>
          );
        }
        return (
          <Input
            {...control}
            value={draft[path] ?? ''}
            placeholder={t('any')}
            onChange={({ target }) => onChange(path, target.value)}
          />
        );
      }}
    </Field>
  );
}

interface BoundProps {
  readonly label: string;
  readonly placeholder: string;
  readonly type: FieldType;
  readonly money: string | undefined;
  readonly end: boolean;
  readonly value: string;
  readonly invalid: boolean;
  readonly onChange: (value: string | undefined) => void;
}

/** One end of a range: a day, an amount or a number. */
function Bound({ label, placeholder, type, money, end, value, invalid, onChange }: BoundProps): ReactNode {
  const day = DATES.has(type.kind);
  const shown =
    type.kind === 'instant'
      ? value && instantAsDay(value)
      : money && value
        ? moneyText(Number(value), money)
        : value;
  const [text, setText] = useState(shown);
  const read = (raw: string): string | undefined => {
    if (raw === '') return '';
    if (type.kind === 'instant') return dayAsInstant(raw, end);
    if (day) return raw;
    const amount = money ? parseMoney(raw, money) : Number(raw.replace(',', '.'));
    return amount === undefined || Number.isNaN(amount) ? undefined : String(amount);
  };
  return (
    <Input
      type={day ? 'date' : 'text'}
      inputMode={day ? undefined : 'decimal'}
      aria-label={label}
      aria-invalid={invalid || undefined}
      placeholder={placeholder}
      value={text}
      onChange={({ target }) => {
        setText(target.value);
        onChange(read(target.value));
      }}
    />
  );
}
