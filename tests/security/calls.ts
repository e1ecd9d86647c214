import type { Operation } from '../../functions/src/kernel/requests/operation.ts';
import { actionOf, collectionOf } from '../support/registry.ts';
import { signStandard } from '../support/sign.ts';
import { csvUpload, loadRequest, reloadRequest, startLongLoad } from './datasets.ts';
import {
  type Actor,
  freshExample,
  invite,
  issuedInvoice,
  makeHook,
  makeRecord,
  type World,
  withRealIds,
} from './world.ts';

/** One request to an operation, ready to be sent as it is or with one thing wrong. */
export interface Call {
  readonly url: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What an operation needs beyond its example; the rest follows from the declarations. */
const SPECIAL: Readonly<Record<string, (world: World, who: Actor) => Promise<Partial<Call>>>> = {
  'auth.login': async (_world, who) => ({ body: { email: who.email, password: who.password } }),
  'auth.refresh': async (_world, who) => ({ body: { refreshToken: who.refreshToken } }),
  'tenants.invitations.accept': async (world, who) => ({
    body: { token: await invite(world.stranger, who.email, 'viewer') },
  }),
  'finance.invoices.void': async (_world, who) => ({ body: { id: await issuedInvoice(who) } }),
  'datasets.uploads.create': async () => csvUpload,
  'datasets.loads.start': async (_world, who) => ({ body: await loadRequest(who) }),
  'datasets.loads.reload': async (_world, who) => ({ body: await reloadRequest(who) }),
  'datasets.loads.cancel': async (_world, who) => ({ body: { id: await startLongLoad(who) } }),
  'hooks.receive': async (_world, who) => {
    const [hook, raw] = [await makeHook(who), '{"name":"Ada"}'];
    return {
      url: hook.path,
      raw,
      headers: { 'content-type': 'application/json', ...signStandard(hook.secret, 'msg_matrix', raw) },
    };
  },
};

/** The valid call of an operation: its example, with records made for the ids in it. */
export async function validCall(world: World, who: Actor, operation: Operation): Promise<Call> {
  const call = collectionOf(operation)
    ? await collectionCall(world, who, operation)
    : await endpointCall(world, who, operation);
  return { ...call, ...(await SPECIAL[operation.name]?.(world, who)) };
}

async function collectionCall(world: World, who: Actor, operation: Operation): Promise<Call> {
  const collection = collectionOf(operation);
  if (!collection) throw new TypeError(operation.name);
  const id = operation.path.includes('{id}') ? await makeRecord(world, who, collection) : '';
  const url = withId(operation, id);
  switch (actionOf(operation)) {
    case 'create':
    case 'replace':
    case 'patch':
      return { url, body: await freshExample(world, who, collection) };
    case 'bulk':
      return {
        url,
        body: { operations: [{ op: 'create', data: await freshExample(world, who, collection) }] },
      };
    case 'import':
      return {
        url,
        raw: `${JSON.stringify(await freshExample(world, who, collection))}\n`,
        headers: { 'content-type': 'application/x-ndjson' },
      };
    case 'restore':
      await who.call('DELETE', `${collectionUrl(operation)}/${id}`);
      return { url, body: {} };
    case 'revert':
      return { url, body: { version: 1 } };
    default:
      return { url };
  }
}

async function endpointCall(world: World, who: Actor, operation: Operation): Promise<Call> {
  const example = operation.name.endsWith('.health')
    ? {}
    : ((await withRealIds(world, who, operation.example)) as Record<string, unknown>);
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const path = inPath.reduce(
    (at, name) => at.replace(`{${name}}`, encodeURIComponent(String(example[name]))),
    operation.path,
  );
  const rest = Object.fromEntries(Object.entries(example).filter(([name]) => !inPath.includes(name)));
  if (operation.body === 'json') return { url: path, body: rest };
  const query = new URLSearchParams(
    Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return { url: query ? `${path}?${query}` : path, ...(operation.body === 'stream' ? { raw: '{}' } : {}) };
}

export const withId = (operation: Operation, id: string): string => operation.path.replace('{id}', id);

export const collectionUrl = (operation: Operation): string => operation.path.replace(/\/\{id\}.*$/, '');
