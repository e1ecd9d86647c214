import { type CollectionInfo, type Field, writableFields } from '@/client/collections';
import { moneyText, parseMoney } from '@/client/money';
import { viewOf } from '@/views';
import { isMoney } from './field-value';

/** What a form holds: text as it is typed, also for numbers and money, so that nothing is lost while one types. */
export type FormValues = Record<string, unknown>;
type Values = Readonly<Record<string, unknown>>;

/** Fields of the form, in the order of the declaration; long text comes last. */
export const formFields = (collection: CollectionInfo): Field[] => {
  const { hidden, multiline } = viewOf(collection);
  const fields = writableFields(collection).filter(({ name }) => !hidden?.includes(name));
  const isLong = ({ name }: Field): boolean => multiline?.includes(name) ?? false;
  return [...fields.filter((field) => !isLong(field)), ...fields.filter(isLong)];
};

/** Fields of the elements of an array of objects. */
export const lineFields = (collection: CollectionInfo, field: Field): Field[] => {
  const hidden = new Set(viewOf(collection).hidden);
  return (field.type.element?.fields ?? []).filter(
    ({ name, computed }) => !computed && !hidden.has(`${field.name}.${name}`),
  );
};

const isLines = ({ type }: Field): boolean => type.kind === 'array' && type.element?.kind === 'object';

/** A record (or the values a new one starts with) as form values. */
export function toForm(collection: CollectionInfo, values: Values, currency: string): FormValues {
  return Object.fromEntries(
    formFields(collection).map((field) => [
      field.name,
      fieldToForm(collection, field, values[field.name], moneyOf(values, currency)),
    ]),
  );
}

const moneyOf = (values: Values, currency: string): string =>
  typeof values.currency === 'string' && values.currency !== '' ? values.currency : currency;

function fieldToForm(collection: CollectionInfo, field: Field, value: unknown, currency: string): unknown {
  if (isLines(field)) {
    const fields = lineFields(collection, field);
    return (Array.isArray(value) ? value : []).map((line: Values) =>
      Object.fromEntries(fields.map(({ name, type }) => [name, scalarToForm(type.kind, line[name])])),
    );
  }
  if (isMoney(collection, field.name)) return typeof value === 'number' ? moneyText(value, currency) : '';
  return scalarToForm(field.type.kind, value);
}

function scalarToForm(kind: string, value: unknown): unknown {
  if (kind === 'boolean') return value === true;
  if (kind === 'array') return Array.isArray(value) ? value : [];
  if (value === undefined || value === null) return '';
  if (kind === 'instant') return localTime(String(value));
  if (kind === 'object' || kind === 'json') return JSON.stringify(value, null, 2);
  return String(value);
}

/** An instant as `datetime-local` wants it, in the reader's time zone. */
function localTime(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime())
    ? ''
    : new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Form values as the API takes them; what was left empty is absent. */
export function fromForm(
  collection: CollectionInfo,
  values: FormValues,
  currency: string,
): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const field of formFields(collection)) {
    const value = formToField(collection, field, values[field.name], moneyOf(values, currency));
    if (value !== undefined) data[field.name] = value;
  }
  return data;
}

function formToField(collection: CollectionInfo, field: Field, value: unknown, currency: string): unknown {
  if (isLines(field)) {
    const fields = lineFields(collection, field);
    return (value as Values[]).map((line) => {
      const entries = fields.map(({ name, type }) => [name, formToScalar(type.kind, line[name])] as const);
      return Object.fromEntries(entries.filter(([, cell]) => cell !== undefined));
    });
  }
  if (isMoney(collection, field.name))
    return typeof value === 'string' && value.trim() !== ''
      ? (parseMoney(value, currency) ?? value)
      : undefined;
  return formToScalar(field.type.kind, value);
}

function formToScalar(kind: string, value: unknown): unknown {
  if (kind === 'boolean') return value === true;
  if (kind === 'array') return Array.isArray(value) && value.length > 0 ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const text = value.trim();
  if (kind === 'integer' || kind === 'number') {
    const number = Number(text.replace(',', '.'));
    return Number.isNaN(number) ? text : number;
  }
  if (kind === 'instant') return Number.isNaN(Date.parse(text)) ? text : new Date(text).toISOString();
  if (kind === 'object' || kind === 'json') return parseJson(text);
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The merge patch from one set of data to another; null takes a field away. */
export function changesOf(before: Values, after: Values): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
    if (JSON.stringify(before[name]) !== JSON.stringify(after[name])) patch[name] = after[name] ?? null;
  return patch;
}
