import { createHash } from 'node:crypto';
import type { App, TransactionScope } from '../../kernel/context.ts';
import type { Collection } from '../../kernel/define.ts';
import { asProblem, type FieldError, Problem } from '../../kernel/errors.ts';
import { filterFields, type Scalar } from '../../kernel/lists/list-query.ts';
import type { RecordMeta } from '../../kernel/records/record.ts';
import type { Repository } from '../../kernel/records/repository.ts';
import { events } from './events.collection.ts';
import { checkKey, type HookOperation, targetOf, type Write } from './operations.ts';

type Data = Record<string, unknown>;
type Repo = Repository<Data>;

/** What became of one operation of a delivery. */
export interface Outcome {
  readonly action: HookOperation['action'];
  readonly collection: string;
  /** Absent when there was nothing to delete. */
  readonly recordId?: string;
  /** Whether the record was there before. */
  readonly existed?: boolean;
  readonly data: Data;
  readonly errors: readonly FieldError[];
}

/** Which delivery is applied. */
export interface Source {
  readonly endpointId: string;
  /** Records get ids that follow from this, so that the same delivery never makes two of one. */
  readonly deliveryId: string;
  /** The event's type; that of an event the mapping does not name. */
  readonly type: string;
}

/** What this delivery has written so far, which the queries of its transaction do not see. */
type Written = Map<string, string>;

const TRANSIENT = ['internal', 'unavailable', 'conflict', 'rate_limited'];
export const mayPass = (problem: Problem): boolean => TRANSIENT.includes(problem.code);

/**
 * Makes the writes of a delivery in one transaction: all of them or, when the caller throws, none. Problems of single
 * operations are in their outcomes; what may pass by itself is thrown.
 */
export async function perform(
  app: App,
  transaction: TransactionScope,
  source: Source,
  operations: readonly HookOperation[],
): Promise<Outcome[]> {
  const written: Written = new Map();
  const outcomes: Outcome[] = [];
  for (const [index, operation] of operations.entries()) {
    const { action, data } = operation;
    const about = { action, data, collection: action === 'event' ? events.name : operation.collection };
    try {
      const id = derivedId(source.deliveryId, index);
      const done =
        operation.action === 'event'
          ? await publish(transaction, source, operation, `${events.options.idPrefix}_${id}`)
          : await write(app, transaction, operation, id, written);
      outcomes.push({ ...about, ...done, errors: [] });
    } catch (error) {
      const problem = asProblem(error);
      if (mayPass(problem)) throw error;
      const errors = problem.errors ?? [{ path: '', message: problem.message, code: problem.code }];
      outcomes.push({ ...about, errors });
    }
  }
  return outcomes;
}

const derivedId = (deliveryId: string, index: number): string =>
  createHash('sha256').update(`${deliveryId} ${index}`).digest('hex').slice(0, 26).toUpperCase();

type Done = Pick<Outcome, 'recordId' | 'existed'>;

async function publish(
  transaction: TransactionScope,
  { endpointId, deliveryId, type }: Source,
  operation: Extract<HookOperation, { action: 'event' }>,
  id: string,
): Promise<Done> {
  const repo = transaction.asSystem('event of a delivery').repo(events);
  const existed = (await repo.get(id)) !== undefined;
  const event = { endpointId, deliveryId, type: operation.type ?? type, data: operation.data };
  if (existed) await repo.patch(id, event);
  else await repo.create(event, { id });
  return { recordId: id, existed };
}

async function write(
  app: App,
  transaction: TransactionScope,
  operation: Write,
  newId: string,
  written: Written,
): Promise<Done> {
  const target = targetOf(app, transaction, operation);
  const repo: Repo = transaction.repo(target);
  const { action } = operation;
  const data = withoutNulls(withLists(target, operation.data), true);
  const known =
    action === 'create' ? undefined : await find(target, repo, operation.key, data, action, written);
  if (action === 'delete') {
    if (known) await repo.delete(known.id);
    return known ? { recordId: known.id, existed: true } : { existed: false };
  }
  if (action === 'update' && !known)
    throw keyProblem(operation.key, 'There is no record with this value.', 'not_found');
  const byId = action !== 'create' && operation.key === 'id' && data.id !== undefined;
  const id = known?.id ?? (byId ? String(data.id) : `${target.options.idPrefix}_${newId}`);
  const fields = byId ? Object.fromEntries(Object.entries(data).filter(([name]) => name !== 'id')) : data;
  await refuseTaken(target, repo, id, fields, written);
  // A delivery that is applied again finds what it created, and corrects it.
  const before = known ?? (await repo.get(id));
  const record = before
    ? await repo.patch(id, fields)
    : await repo.create(withoutNulls(fields, false), { id });
  if (action !== 'create') written.set(keyOf(target, operation.key, data[operation.key]), id);
  return { recordId: record.id, existed: before !== undefined };
}

/** JSONata gives the one element of a list of one instead of the list: an order with a single line has no array. */
function withLists(collection: Collection, record: Data): Data {
  const isList = (name: string): boolean => collection.fieldTypes.get(name)?.kind === 'array';
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      isList(name) && !Array.isArray(value) ? [value] : value,
    ]),
  );
}

/** Senders say null for what they do not know. In a change it means: remove; in a new record, and in lists, nothing. */
function withoutNulls<T>(value: T, keep: boolean): T {
  if (Array.isArray(value)) return value.map((element) => withoutNulls(element, false)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => keep || member !== null)
      .map(([name, member]) => [name, withoutNulls(member, keep)]),
  ) as T;
}

const keyProblem = (path: string, message: string, code: string): Problem =>
  new Problem('invalid', 'The record cannot be found.', { errors: [{ path, message, code }] });
const keyOf = ({ name }: Collection, field: string, value: unknown): string =>
  JSON.stringify([name, field, String(value).normalize('NFKC').toLowerCase()]);

/** The record with the value of the key: the newest, but for a deletion there must be no other. */
async function find(
  target: Collection,
  repo: Repo,
  key: string,
  data: Data,
  action: Write['action'],
  written: Written,
): Promise<(Data & RecordMeta) | undefined> {
  checkKey(target, key);
  const value = data[key];
  if (value === undefined || value === null || value === '') {
    if (action === 'upsert') return undefined;
    throw keyProblem(key, 'Without this field the record cannot be found.', 'missing_key');
  }
  if (typeof value === 'object') throw keyProblem(key, 'This is no value to find a record by.', 'bad_key');
  if (key === 'id') {
    if (new RegExp(`^${target.options.idPrefix}_[0-9A-Za-z]{1,60}$`).test(String(value)))
      return repo.get(String(value));
    throw keyProblem(
      key,
      `Ids of ${target.options.labels.many} look like ${target.options.idPrefix}_….`,
      'bad_key',
    );
  }
  const own = written.get(keyOf(target, key, value));
  if (own !== undefined) return repo.get(own);
  const { items } = await repo.list({
    filters: [{ field: key, operator: 'eq', value: value as Scalar }],
    limit: 2,
  });
  if (action === 'delete' && items.length > 1)
    throw keyProblem(key, 'Several records have this value, so none of them is deleted.', 'ambiguous');
  return items[0];
}

/** Says which unique value is taken; the commit itself could only say that it failed. */
async function refuseTaken(
  target: Collection,
  repo: Repo,
  id: string,
  data: Data,
  written: Written,
): Promise<void> {
  for (const field of target.options.unique ?? []) {
    const value = data[field];
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    const key = keyOf(target, field, value);
    const own = written.get(key);
    const { items } = filterFields(target).has(field)
      ? await repo.list({ filters: [{ field, operator: 'eq', value }], limit: 1 })
      : { items: [] };
    const holder = own ?? items[0]?.id;
    if (holder !== undefined && holder !== id)
      throw new Problem('invalid', 'Another record has this value.', {
        errors: [{ path: field, message: `Another record, ${holder}, has this value.`, code: 'not_unique' }],
      });
    written.set(key, id);
  }
}
