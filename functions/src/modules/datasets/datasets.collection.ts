import { z } from 'zod';
import { defineCollection, type RecordOf } from '../../kernel/define.ts';
import { PERSONAL_KINDS } from '../../kernel/ports/datasets.ts';
import { sameJson } from '../../kernel/records/record.ts';
import { refuseUnfit, retention } from './retention/settings.ts';

const format = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('number'), decimal: z.enum(['.', ',']) }),
  z.strictObject({ kind: z.literal('date'), pattern: z.string().max(20) }),
  z.strictObject({
    kind: z.literal('timestamp'),
    pattern: z.string().max(20),
    timezone: z.string().max(60).optional(),
  }),
  z.strictObject({ kind: z.literal('boolean'), yes: z.string().max(40), no: z.string().max(40) }),
]);

export const column = z.strictObject({
  /** What the file calls it; JSON members within members are joined by dots. */
  source: z.string().min(1).max(300),
  /** What SQL calls it. */
  name: z
    .string()
    .max(80)
    .regex(/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_]*$/u, 'Use lower case letters, digits and _.'),
  type: z.enum(['string', 'integer', 'number', 'boolean', 'timestamp', 'date', 'json']),
  /** How its texts are written; absent for ISO 8601, a decimal point and true/false. */
  format: format.optional(),
  /** Says something of a person: shown to editors only. */
  pii: z.boolean().optional(),
});

export const layout = z.strictObject({
  format: z.enum(['csv', 'ndjson', 'json', 'xlsx', 'parquet']),
  delimiter: z.string().length(1).optional(),
  gzip: z.boolean().optional(),
  /** Files of an archive that are taken. */
  entries: z.array(z.string()).optional(),
  /** Of a workbook: the sheet that is read; without it the first visible one. */
  sheet: z.string().optional(),
  rewrite: z.boolean().optional(),
});

const columns = z
  .array(column)
  .min(1)
  .max(2_000)
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'Two columns have one name.');

/** Parts of one dataset. */
export const MAX_PARTS = 1_000;

/** One load's rows, and where they lie. */
export type Part = z.output<typeof part>;
const part = z.strictObject({
  name: z.string(),
  rows: z.int().min(0),
  quarantined: z.int().min(0),
  bytes: z.int().min(0),
  /** When it was loaded; absent in old ones, which were loaded when their load says. */
  at: z.iso.datetime().optional(),
  /** Rows of another part's quarantine, corrected. */
  mends: z.boolean().optional(),
});

/** Another one for other parts. */
export const tagOf = (parts: readonly Part[]): string => `${parts.length} ${parts.at(-1)?.name ?? ''}`;

/** A table made of files. */
export const datasets = defineCollection({
  name: 'datasets.datasets',
  idPrefix: 'dat',
  labels: { one: 'dataset', many: 'datasets' },
  fields: {
    name: z.string().trim().min(1).max(120),
    description: z.string().max(2_000).optional(),
    columns,
    retention: retention.optional(),
  },
  computed: {
    parts: z.array(part).max(MAX_PARTS),
    rows: z.int().min(0),
    bytes: z.int().min(0),
    quarantined: z.int().min(0),
    loadedAt: z.iso.datetime().optional(),
    /** Columns that tell one thing from another: of each the row that was loaded last is shown. A source sets them. */
    key: z.array(z.string()).optional(),
    /** With a key: how many rows are shown of the parts that `of` tells; `tagOf` makes it. */
    shown: z.strictObject({ rows: z.int().min(0), of: z.string() }).optional(),
    /** When names or types of columns were last others; absent when they never were. */
    columnsAt: z.iso.datetime().optional(),
  },
  access: { read: 'viewer', create: 'editor', update: 'editor', delete: 'admin' },
  sorts: ['name', 'rows', 'loadedAt'],
  search: ['name', 'description'],
  unindexed: ['columns', 'parts', 'key', 'shown'],
  example: {
    name: 'Orders',
    columns: [
      { source: 'Order No', name: 'order_no', type: 'string' },
      { source: 'Total', name: 'total', type: 'number', format: { kind: 'number', decimal: ',' } },
    ],
  },
  warehouse: 'none',
  prepare: (draft, { previous, now }) => {
    refuseUnfit(draft);
    const shape = ({ columns }: typeof draft) => columns.map(({ name, type }) => [name, type]);
    const reshaped = previous !== undefined && !sameJson(shape(draft), shape(previous));
    const parts: readonly Part[] = draft.parts ?? [];
    const sum = (of: (part: Part) => number): number => parts.reduce((total, part) => total + of(part), 0);
    const { shown, ...rest } = draft;
    const counted = draft.key && shown?.of === tagOf(parts) ? shown : undefined;
    return {
      ...rest,
      ...(counted ? { shown: counted } : {}),
      ...(reshaped ? { columnsAt: now } : {}),
      parts: [...parts],
      rows: counted?.rows ?? sum(({ rows }) => rows),
      bytes: sum(({ bytes }) => bytes),
      quarantined: sum(({ quarantined }) => quarantined),
    };
  },
});
export type Dataset = RecordOf<typeof datasets>;

/** A file that was sent, and what was found in it; kept for a week, or until it is loaded. */
export const uploads = defineCollection({
  name: 'datasets.uploads',
  idPrefix: 'upl',
  labels: { one: 'upload', many: 'uploads' },
  fields: {
    fileName: z.string().max(300).optional(),
    layout,
    bytes: z.int().min(0),
    rows: z.int().min(0),
    columns: z.array(
      column.extend({
        alternatives: z.array(format).optional(),
        /** Why it is taken for one that says something of people. */
        personal: z.enum(PERSONAL_KINDS).optional(),
        samples: z.array(z.string()),
        empty: z.int().min(0),
      }),
    ),
    warnings: z.array(z.string()),
    /** Files of an archive that could be taken. */
    entries: z.array(z.string()).optional(),
    /** Sheets of a workbook that could be read. */
    sheets: z.array(z.string()).optional(),
  },
  access: { read: 'editor', create: () => false, update: () => false, delete: 'editor' },
  unindexed: ['columns', 'layout', 'warnings', 'entries', 'sheets'],
  example: { layout: { format: 'csv', delimiter: ',' }, bytes: 10, rows: 1, columns: [], warnings: [] },
  api: 'read-only',
  warehouse: 'none',
});
export type Upload = RecordOf<typeof uploads>;

/** Where a source stands between two runs; `sources/kind.ts` says more. */
export const cursor = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const LOAD_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;

/** One file on its way into a dataset. */
export const loads = defineCollection({
  name: 'datasets.loads',
  idPrefix: 'lod',
  labels: { one: 'load', many: 'loads' },
  fields: {
    datasetId: z.string(),
    uploadId: z.string(),
    fileName: z.string().optional(),
    mode: z.enum(['append', 'replace', 'upsert']),
    state: z.enum(LOAD_STATES),
    /** 0 to 100. */
    progress: z.int().min(0).max(100),
    rows: z.int().min(0).optional(),
    quarantined: z.int().min(0).optional(),
    error: z.string().max(2_000).optional(),
    /** Rules that kept it out; its part is kept aside for a week, to be looked at. */
    blockedBy: z.array(z.string()).optional(),
    /** Rows of its quarantine that were corrected and loaded again, by their places there. */
    mended: z.array(z.int().min(0)).max(100_000).optional(),
    /** The rows of an earlier load's quarantine that this one brings, corrected. */
    mends: z.strictObject({ loadId: z.string(), places: z.array(z.int().min(0)) }).optional(),
    /** The source that was read, and where it stood before and stands after. */
    sourceId: z.string().optional(),
    cursorBefore: cursor.optional(),
    cursorAfter: cursor.optional(),
    finishedAt: z.iso.datetime().optional(),
  },
  access: { read: 'viewer', create: () => false, update: () => false, delete: () => false },
  // Readers of files quote what they could not read, which may be of a person.
  fieldAccess: { error: { read: 'editor' } },
  filters: ['datasetId', 'state', 'sourceId'],
  unindexed: ['mended', 'mends', 'blockedBy', 'cursorBefore', 'cursorAfter'],
  example: {
    datasetId: 'dat_01JD0000000000000000000000',
    uploadId: 'upl_01JD0000000000000000000000',
    mode: 'append',
    state: 'queued',
    progress: 0,
  },
  api: 'read-only',
  warehouse: 'none',
});
export type Load = RecordOf<typeof loads>;
