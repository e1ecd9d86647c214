'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useId } from 'react';
import { useFormContext, useWatch } from 'react-hook-form';
import { COLUMN_TYPES, type ColumnType, type FoundColumn, type Upload } from '@/client/datasets';
import { useFormat } from '@/client/format-context';
import { formatKeys } from '@/client/readings';
import { Badge } from '@/components/ui/badge';
import { cn } from '@/components/ui/cn';
import { Field, Input, Select } from '@/components/ui/field';
import { Card } from '@/components/ui/surface';
import { type DatasetValues, isOpen, wayOf } from './dataset-values';
import { ReadingChoice } from './reading-choice';

interface Props {
  readonly upload: Upload;
  readonly column: FoundColumn;
  /** Its place in the file, and in the form. */
  readonly index: number;
}

const NAME = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_]*$/u;
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

/** One column of a file: whether it is wanted, what SQL calls it, and what its texts mean. */
export function ColumnFields({ upload, column, index }: Props): ReactNode {
  const t = useTranslations('datasets');
  const quality = useTranslations('quality');
  const format = useFormat();
  const heading = useId();
  const { control, register, setValue } = useFormContext<DatasetValues>();
  const at = `columns.${index}` as const;
  const { include, type } = useWatch({ control, name: at });
  const open = isOpen(column, type);
  return (
    <li data-testid="column" data-source={column.source}>
      <Card
        className={cn('grid grid-cols-[minmax(0,1fr)] gap-4 p-4 sm:px-6', open && include && 'border-warn')}
      >
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <label className="flex min-w-0 grow items-center gap-2.5 font-medium text-sm">
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-(--accent)"
              {...register(`${at}.include`)}
            />
            <span className="sr-only">{t('include')}</span>
            <bdi id={heading} className={cn('truncate', !include && 'text-faint line-through')}>
              {column.source}
            </bdi>
          </label>
          {column.empty > 0 && upload.rows > 0 ? (
            <Badge>{t('emptyShare', { share: format.share(column.empty / upload.rows) })}</Badge>
          ) : null}
          {include ? (
            <label className="flex items-center gap-2 text-soft text-xs">
              <input type="checkbox" className="size-4 accent-(--accent)" {...register(`${at}.pii`)} />
              {t('pii')}
            </label>
          ) : null}
          {column.personal ? (
            <span data-testid="personal">
              <Badge tone="warn">{quality(`personal.${column.personal}`)}</Badge>
            </span>
          ) : null}
        </div>
        {include ? (
          <fieldset aria-labelledby={heading} className="grid grid-cols-[minmax(0,1fr)] gap-4">
            {open ? <ReadingChoice column={column} name={`${at}.reading`} /> : null}
            <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
              <NameField index={index} />
              <Field label={t('type')}>
                {(field) => (
                  <Select
                    {...field}
                    {...register(`${at}.type`, {
                      onChange: ({ target }: { target: HTMLSelectElement }) =>
                        setValue(`${at}.way`, wayOf(column, target.value as ColumnType)),
                    })}
                  >
                    {COLUMN_TYPES.map((value) => (
                      <option key={value} value={value}>
                        {t(`types.${value}`)}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
              {open || upload.layout.format === 'parquet' ? null : (
                <WayField column={column} type={type} index={index} />
              )}
              {type === 'timestamp' && upload.layout.format !== 'parquet' ? (
                <ZoneField index={index} />
              ) : null}
            </div>
          </fieldset>
        ) : null}
        <Samples of={column} />
      </Card>
    </li>
  );
}

/** What SQL calls the column; once only among those that are wanted. */
function NameField({ index }: { readonly index: number }): ReactNode {
  const t = useTranslations('datasets');
  const { register, getFieldState, formState } = useFormContext<DatasetValues>();
  const at = `columns.${index}.name` as const;
  const validate = (name: string, { columns }: DatasetValues): string | true => {
    if (!NAME.test(name.trim())) return t('nameRule');
    const taken = columns.some(
      (other, place) => place !== index && other.include && other.name.trim() === name.trim(),
    );
    return taken ? t('nameTaken') : true;
  };
  return (
    <Field label={t('sqlName')} error={getFieldState(at, formState).error?.message}>
      {(field) => (
        <Input
          {...field}
          dir="ltr"
          maxLength={80}
          spellCheck={false}
          autoComplete="off"
          className="font-mono"
          {...register(at, { validate })}
        />
      )}
    </Field>
  );
}

function WayField({
  column,
  type,
  index,
}: {
  readonly column: FoundColumn;
  readonly type: ColumnType;
  readonly index: number;
}): ReactNode {
  const t = useTranslations('datasets');
  const { register } = useFormContext<DatasetValues>();
  const ways = formatKeys(type, column.format);
  const label = (way: string): string => {
    if (type === 'number') return way === '' ? '1234.5' : way === '.' ? '1,234.50' : '1.234,50';
    if (type === 'boolean') return (way || 'true|false').replace('|', ' / ');
    return way || 'YYYY-MM-DD';
  };
  if (ways.length === 0) return null;
  return (
    <Field label={t('written')}>
      {(field) => (
        <Select {...field} dir="ltr" {...register(`columns.${index}.way`)}>
          {ways.map((way) => (
            <option key={way} value={way}>
              {label(way)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

function ZoneField({ index }: { readonly index: number }): ReactNode {
  const t = useTranslations('datasets');
  const { register } = useFormContext<DatasetValues>();
  return (
    <Field label={t('timezone')}>
      {(field) => (
        <Select {...field} dir="ltr" {...register(`columns.${index}.timezone`)}>
          {ZONES.map((zone) => (
            <option key={zone} value={zone}>
              {zone.replaceAll('_', ' ')}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

function Samples({ of: { samples } }: { readonly of: FoundColumn }): ReactNode {
  const t = useTranslations('datasets');
  if (samples.length === 0) return <p className="text-faint text-xs">{t('noSamples')}</p>;
  return (
    <ul aria-label={t('samples')} className="flex flex-wrap gap-1.5">
      {[...new Set(samples)].map((sample) => (
        <li
          key={sample}
          dir="auto"
          className="max-w-full truncate rounded-md bg-sunken px-2 py-0.5 text-soft text-xs"
        >
          {sample}
        </li>
      ))}
    </ul>
  );
}
