import type { Metric } from '../../../kernel/define.ts';
import type { FieldError } from '../../../kernel/errors.ts';
import type { ColumnType } from '../../../kernel/ports/warehouse.ts';
import { type ColumnRef, elementsOf, findColumn, joinOf } from '../columns.ts';
import { misfit } from '../compile/conditions.ts';
import { isDataset, type Source } from '../sources.ts';

/** What a metric is checked against. */
export interface Known {
  readonly sources: ReadonlyMap<string, Source>;
  /** Metrics a ratio may divide. */
  readonly metrics: ReadonlyMap<string, Metric>;
}

const NUMERIC: readonly ColumnType[] = ['integer', 'number'];
/** Columns of every answer. */
const RESERVED = ['period', 'forecast'];
const NAMED = 40;

/** Everything that keeps a metric from being computed; none when it can be. */
export function faultsOf(metric: Metric, known: Known): FieldError[] {
  const faults = new Faults(metric, known);
  if (RESERVED.includes(metric.name))
    faults.add('name', 'reserved', `${metric.name} is a column of every answer.`);
  if (metric.aggregate === 'ratio') checkRatio(faults);
  else checkPlain(faults);
  return faults.found;
}

class Faults {
  readonly found: FieldError[] = [];
  readonly metric: Metric;
  readonly known: Known;

  constructor(metric: Metric, known: Known) {
    this.metric = metric;
    this.known = known;
  }

  add(path: string, code: string, message: string): void {
    this.found.push({ path, code, message });
  }

  /** The column at a path; what is wrong with it is noted. */
  column(at: string, path: string | undefined, types?: readonly ColumnType[]): ColumnRef | undefined {
    if (path === undefined || path === '') {
      this.add(at, 'required', 'This is needed.');
      return undefined;
    }
    const column = findColumn(this.known, this.metric, path);
    if (!column) {
      const joined = joinOf(this.metric, path);
      const source = this.known.sources.get(joined?.join.source ?? this.metric.source);
      if (source) this.add(at, 'unknown_column', unknownColumn(joined?.path ?? path, source));
    } else if (types && !types.includes(column.type))
      this.add(at, 'wrong_type', `${path} is of type ${column.type}; ${types.join(' or ')} is needed.`);
    return column;
  }
}

function unknownColumn(path: string, source: Source): string {
  const elements = source.children.flatMap(({ field, columns }) =>
    columns.map((column) => `${field}.${column.path.join('.')}`),
  );
  const all = [...source.columns.map((column) => column.path.join('.')), ...elements].filter(
    (name) => !source.hidden.has(name.split('.')[0] ?? ''),
  );
  const shown = all.slice(0, NAMED).join(', ');
  return `${source.name} has no column ${path}. Known: ${shown || 'none'}${all.length > NAMED ? ', …' : ''}.`;
}

function checkPlain(faults: Faults): void {
  const { metric, known } = faults;
  if (metric.ratio) faults.add('ratio', 'not_allowed', 'Only a ratio divides two metrics.');
  const source = known.sources.get(metric.source);
  if (!source) {
    if (metric.source === '')
      faults.add('source', 'required', 'Name the collection or dataset the rows come from.');
    else faults.add('source', 'unknown_source', missing(metric.source));
    return;
  }
  if (metric.unnest !== undefined && !source.children.some(({ field }) => field === metric.unnest)) {
    const lists = source.children.map(({ field }) => field).join(', ') || 'none';
    faults.add('unnest', 'unknown_column', `${source.name} has no list ${metric.unnest}. Known: ${lists}.`);
  }
  for (const [name, { source: other, on }] of Object.entries(metric.joins ?? {}))
    checkJoin(faults, name, other, on);
  checkField(faults);
  faults.column('time', metric.time, ['timestamp', 'date']);
  for (const [path, values] of Object.entries(metric.where ?? {})) {
    const column = faults.column(`where.${path}`, path);
    const fault =
      column && values.map((value) => misfit(column.type, value)).find((found) => found !== undefined);
    if (fault) faults.add(`where.${path}`, 'wrong_type', fault);
  }
  for (const [name, path] of Object.entries(metric.dimensions)) {
    if (RESERVED.includes(name))
      faults.add(`dimensions.${name}`, 'reserved', `${name} is a column of every answer.`);
    faults.column(`dimensions.${name}`, path);
  }
  if (metric.subject !== undefined) faults.column('subject', metric.subject);
  checkMoney(faults);
  checkElements(faults);
}

const missing = (source: string): string =>
  isDataset(source)
    ? `There is no dataset ${source.slice('dataset:'.length)}.`
    : `There is no collection ${source} in the warehouse.`;

function checkJoin(
  faults: Faults,
  name: string,
  other: string,
  [mine, theirs]: readonly [string, string],
): void {
  const { metric, known } = faults;
  const own = joinOf(metric, mine) ? undefined : faults.column(`joins.${name}.on.0`, mine);
  if (joinOf(metric, mine))
    faults.add(`joins.${name}.on.0`, 'chained', 'A join begins at a column of the rows themselves.');
  const source = known.sources.get(other);
  if (!source) {
    faults.add(`joins.${name}.source`, 'unknown_source', missing(other));
    return;
  }
  const at = `joins.${name}.on.1`;
  const key = source.columns.find((column) => column.path.join('.') === theirs);
  if (!key) {
    faults.add(at, 'unknown_column', unknownColumn(theirs, source));
    return;
  }
  if (source.unique && !source.unique.includes(theirs)) {
    faults.add(
      at,
      'not_unique',
      `Several rows of ${other} may have one ${theirs}, and each row would be counted as often. Join on ${source.unique.join(' or ')}.`,
    );
    return;
  }
  const numeric = (type: ColumnType): string => (NUMERIC.includes(type) ? 'number' : type);
  if (own && numeric(own.type) !== numeric(key.type))
    faults.add(
      at,
      'wrong_type',
      `${mine} is of type ${own.type} and ${theirs} of type ${key.type}: no row would be found.`,
    );
}

function checkField(faults: Faults): void {
  const { metric } = faults;
  if (metric.aggregate === 'count') {
    if (metric.field !== undefined)
      faults.add('field', 'not_allowed', 'A count is of rows; count-distinct is of a field.');
    return;
  }
  if (metric.field !== undefined && joinOf(metric, metric.field)) {
    faults.add('field', 'not_allowed', 'What is aggregated is a column of the rows themselves.');
    return;
  }
  faults.column('field', metric.field, metric.aggregate === 'count-distinct' ? undefined : NUMERIC);
}

function checkMoney(faults: Faults): void {
  const { metric, known } = faults;
  if (metric.format !== 'money') {
    if (metric.currency !== undefined) faults.add('currency', 'not_allowed', 'Only money has a currency.');
    return;
  }
  if (metric.aggregate === 'count' || metric.aggregate === 'count-distinct') {
    faults.add('format', 'not_allowed', 'A count is a number.');
    return;
  }
  const isCode = /^[A-Z]{3}$/.test(metric.currency ?? '');
  if (isCode && !findColumn(known, metric, metric.currency ?? '')) {
    if (Object.hasOwn(metric.dimensions, 'currency'))
      faults.add('dimensions.currency', 'not_allowed', 'All amounts are in one currency.');
    return;
  }
  const joined = metric.currency !== undefined && joinOf(metric, metric.currency);
  if (joined) faults.add('currency', 'not_allowed', 'The currency is a column of the rows themselves.');
  else faults.column('currency', metric.currency, ['string']);
}

/** The rows are the elements of one list at most. */
function checkElements(faults: Faults): void {
  const { metric, known } = faults;
  const paths = [metric.unnest, metric.field, ...Object.keys(metric.where ?? {})].filter(
    (path) => path !== undefined,
  );
  const fields = new Set(paths.flatMap((path) => elementsOf(known, metric, path)?.field ?? []));
  if (fields.size > 1)
    faults.add(
      'unnest',
      'several_lists',
      `The rows cannot be elements of ${[...fields].join(' and ')} at once.`,
    );
  for (const [name, path] of Object.entries(metric.dimensions)) {
    const field = elementsOf(known, metric, path)?.field;
    const only = [...fields][0];
    if (field !== undefined && only !== undefined && field !== only)
      faults.add(`dimensions.${name}`, 'several_lists', `The rows are elements of ${only}, not of ${field}.`);
  }
}

function checkRatio(faults: Faults): void {
  const { metric, known } = faults;
  if (!metric.ratio) {
    faults.add('ratio', 'required', 'Name the two metrics to divide.');
    return;
  }
  const parts = metric.ratio.map((name, index) => {
    const part = known.metrics.get(name);
    if (part && !part.ratio) return part;
    const plain = [...known.metrics.values()].filter(({ ratio }) => !ratio).map((each) => each.name);
    const names = plain.sort().slice(0, NAMED).join(', ') || 'none';
    faults.add(`ratio.${index}`, 'unknown_name', `There is no metric ${name} to divide. Known: ${names}.`);
    return undefined;
  });
  const [above, below] = parts;
  if (!above || !below) return;
  const [isMoney, byMoney] = [above.format === 'money', below.format === 'money'];
  if (byMoney && !isMoney) faults.add('ratio.1', 'not_allowed', 'Only money can be divided by money.');
  if (isMoney && byMoney && isDataset(above.source) !== isDataset(below.source))
    faults.add(
      'ratio.1',
      'not_allowed',
      'One amount is of a dataset and one of a collection: they are in different units.',
    );
  if ((isMoney && !byMoney) !== (metric.format === 'money'))
    faults.add(
      'format',
      'not_allowed',
      isMoney && !byMoney ? 'Money divided by a number is money.' : 'This ratio is no money.',
    );
}
