import type { FileLayout } from '../../kernel/ports/datasets.ts';
import { quoteName, quoteText } from '../warehouse-duckdb/database.ts';
import { NULL_TEXTS } from './guess.ts';
import type { LoadTask } from './tasks.ts';
import { MAX_REJECTED, Unloadable } from './unloadable.ts';

/** The column that carries where a row began, of files of ours. */
export const LINE_COLUMN = '_line';
/** The column that carries a line of JSON. */
export const TEXT_COLUMN = '_text';
/** Bytes of a line; a longer one is read by our own reader. */
export const MAX_LINE = 2_000_000;
const NULLS = NULL_TEXTS.map(quoteText).join(', ');

/** A file as rows of texts. */
export interface Relation {
  /** What stands in `FROM`. */
  readonly sql: string;
  /** Its column with the text of each column that is wanted. No column of a dataset begins with `_`. */
  readonly cells: readonly string[];
  /** Everything that tells a row from others. */
  readonly kept: readonly string[];
  /** Condition of rows that are none at all, and what is wrong with them. */
  readonly broken?: { readonly condition: string; readonly message: string };
}

/** @param rewritten the file is one of ours: without header, with the line in front, and just the columns that are wanted */
export function relationOf(task: LoadTask, file: string, layout: FileLayout, rewritten: boolean): Relation {
  return layout.format === 'ndjson' || layout.format === 'json'
    ? jsonRelation(task, file, rewritten)
    : csvRelation(task, file, layout, rewritten);
}

function csvRelation(task: LoadTask, file: string, layout: FileLayout, rewritten: boolean): Relation {
  const raw = (rewritten ? task.columns : task.header).map((_, index) => `_c${index}`);
  const lead: [string, string][] = rewritten ? [[LINE_COLUMN, 'BIGINT']] : [];
  const columns = [...lead, ...raw.map((name): [string, string] => [name, 'VARCHAR'])];
  return {
    sql: readCsv(file, columns, {
      header: String(!rewritten),
      delim: quoteText(rewritten ? ',' : (layout.delimiter ?? ',')),
      quote: quoteText('"'),
      escape: quoteText('"'),
      nullstr: `[${NULLS}]`,
    }),
    cells: task.columns.map(({ source }, index) => {
      const place = rewritten ? index : task.header.indexOf(source);
      if (place < 0) throw new Unloadable(`The file has no column ${source}.`);
      return `_c${place}`;
    }),
    kept: columns.map(([name]) => name),
  };
}

/** A line of JSON is read as one text, so that a broken one costs that line only, and is then taken apart. */
function jsonRelation({ columns }: LoadTask, file: string, rewritten: boolean): Relation {
  const lead: [string, string][] = rewritten ? [[LINE_COLUMN, 'BIGINT']] : [];
  const lines = readCsv(file, [...lead, [TEXT_COLUMN, 'VARCHAR']], {
    header: 'false',
    // Neither stands in valid JSON as it is: control characters are escaped there.
    delim: quoteText(rewritten ? '\t' : '\x01'),
    quote: "''",
    escape: "''",
    nullstr: "''",
  });
  const plain = plainMembers(columns.map(({ source }) => source));
  const paths = columns.flatMap(({ source }) => (plain.has(source) ? [] : pathsOf(source)));
  const members = columns.map(({ source, type }, index) => {
    const found = pathsOf(source).map((each) => `_paths[${paths.indexOf(each) + 1}]`);
    const text = plain.has(source) ? `_members.${quoteName(source)}` : `coalesce(${found.join(', ')})`;
    // An empty text is a text; of any other type it is no value.
    return `${type === 'string' ? text : withoutNulls(text, type)} AS _c${index}`;
  });
  const shape = JSON.stringify(Object.fromEntries([...plain].map((name) => [name, 'VARCHAR'])));
  const kept = [...lead.map(([name]) => name), TEXT_COLUMN];
  const taken =
    paths.length > 0 ? `json_extract_string(${TEXT_COLUMN}, [${paths.map(quoteText).join(', ')}])` : 'NULL';
  return {
    sql: `(SELECT ${kept.join(', ')}, _valid, ${members.join(', ')} FROM (
      SELECT *, CASE WHEN _valid THEN ${taken} END AS _paths FROM (
        SELECT *, _members IS NOT NULL AND ${unlessObject(`starts_with(ltrim(${TEXT_COLUMN}), '{')`)} AS _valid FROM (
          SELECT *, TRY(json_transform(${TEXT_COLUMN}, ${quoteText(shape)})) AS _members
          FROM ${lines} WHERE ${unlessObject(`trim(${TEXT_COLUMN}) <> ''`)}))))`,
    cells: columns.map((_, index) => `_c${index}`),
    kept,
    broken: { condition: 'NOT _valid', message: 'This is not a JSON object.' },
  };
}

/** Nearly every line begins like an object: the others are looked at more closely, which is slow. */
const unlessObject = (condition: string): string =>
  `CASE WHEN starts_with(${TEXT_COLUMN}, '{') THEN true ELSE ${condition} END`;

/** Members that are taken out with one look at a line: DuckDB's names know no case, and dots may mean a way. */
function plainMembers(sources: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const plain = sources.filter(
    (source) => !source.includes('.') && seen.size < seen.add(source.toLowerCase()).size,
  );
  // Without any there would be nothing to tell a line of JSON by.
  return new Set(plain.length > 0 ? plain : ['_']);
}

/** A whole number may be written as `1.0` in JSON, which knows one kind of number. */
function withoutNulls(text: string, type: string): string {
  const whole = type === 'integer' ? `regexp_replace(${text}, '^([+-]?[0-9]+)[.]0+$', '\\1')` : text;
  return `CASE WHEN ${text} IN (${NULLS}) THEN NULL ELSE ${whole} END`;
}

/** `a.b` is the member `b` of `a`, or a member called just so. */
function pathsOf(source: string): string[] {
  const quoted = (name: string): string => `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const whole = `$.${quoted(source)}`;
  return source.includes('.') ? [`$.${source.split('.').map(quoted).join('.')}`, whole] : [whole];
}

function readCsv(
  file: string,
  columns: readonly (readonly [string, string])[],
  dialect: Readonly<Record<'header' | 'delim' | 'quote' | 'escape' | 'nullstr', string>>,
): string {
  const options = {
    auto_detect: 'false',
    compression: "'none'",
    ...dialect,
    columns: `{${columns.map(([name, type]) => `${quoteName(name)}: '${type}'`).join(', ')}}`,
    allow_quoted_nulls: 'false',
    max_line_size: String(MAX_LINE),
    store_rejects: 'true',
    rejects_limit: String(MAX_REJECTED + 1),
  };
  const named = Object.entries(options).map(([name, value]) => `${name} = ${value}`);
  return `read_csv(${quoteText(file)}, ${named.join(', ')})`;
}
