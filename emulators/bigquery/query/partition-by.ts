import type { Expression } from '@mewayz/googlesql';
import type { Table } from '../store/resources.ts';
import type { ReadOptions } from './ddl-options.ts';
import type { Session } from './statement.ts';

type Partitioning = Pick<Table, 'timePartitioning' | 'rangePartitioning'>;

const PARTS: readonly string[] = ['HOUR', 'DAY', 'MONTH', 'YEAR'];

/** `PARTITION BY DATE(ts)`, `TIMESTAMP_TRUNC(ts, HOUR)`, `_PARTITIONDATE`, `RANGE_BUCKET(n, GENERATE_ARRAY(0, 100, 10))`. */
export function timePartitionOf(
  node: Expression,
  session: Session,
  { partitionExpirationMs }: ReadOptions,
): Partitioning {
  const expiration = partitionExpirationMs ? { expirationMs: partitionExpirationMs } : {};
  const time = (type: string, column: Expression | undefined): Partitioning => {
    if (column?.node !== 'name' || !PARTS.includes(type))
      throw session.context.error('PARTITION BY expression is not supported', node);
    const field = column.name.toUpperCase().startsWith('_PARTITION') ? {} : { field: column.name };
    return { timePartitioning: { type, ...field, ...expiration } };
  };
  if (node.node === 'name') return time('DAY', node);
  if (node.node !== 'call') throw session.context.error('PARTITION BY expression is not supported', node);
  const [first, second] = node.args;
  if (node.name === 'DATE' && node.args.length === 1) return time('DAY', first);
  if (/^(DATE|DATETIME|TIMESTAMP)_TRUNC$/.test(node.name))
    return time(second?.node === 'part' ? second.part : '', first);
  if (
    node.name !== 'RANGE_BUCKET' ||
    first?.node !== 'name' ||
    second?.node !== 'call' ||
    second.name !== 'GENERATE_ARRAY'
  )
    throw session.context.error('PARTITION BY expression is not supported', node);
  const [start = '', end = '', interval = '1'] = second.args.map((arg) =>
    arg.node === 'literal' ? arg.value : '',
  );
  if (![start, end, interval].every((text) => /^-?\d+$/.test(text)))
    throw session.context.error('RANGE_BUCKET needs whole numbers', node);
  return { rangePartitioning: { field: first.name, range: { start, end, interval } } };
}
