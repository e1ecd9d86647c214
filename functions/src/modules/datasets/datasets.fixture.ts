import { Readable } from 'node:stream';
import type { Ports, Scope } from '../../kernel/context.ts';
import type { Module } from '../../kernel/define.ts';
import { runDueJobs } from '../../kernel/jobs/job-runner.ts';
import { createSystemContext } from '../../kernel/scope.ts';
import {
  createTestPlatform,
  type TestPlatform,
  type TestResponse,
  type TestTenant,
} from '../../kernel/testing/harness.ts';
import { auth } from '../auth/module.ts';
import { jobs } from '../jobs/module.ts';
import { tenants } from '../tenants/module.ts';
import { uploads } from './datasets.collection.ts';
import { datasetsModule } from './module.ts';
import { uploadKey } from './upload.ts';

/** A platform whose clock goes on when told, and its one tenant's datasets. */
export interface DatasetWorld {
  readonly platform: TestPlatform;
  readonly owner: TestTenant;
  /** As the owner, unless a token says otherwise. */
  call(method: string, url: string, body?: unknown, token?: string): Promise<TestResponse>;
  /** Makes a dataset, and resolves its id. */
  dataset(columns: readonly object[], more?: object): Promise<string>;
  upload(raw: string | Buffer, query?: string): Promise<string>;
  /** Sends CSV into a dataset, sees the load through, and resolves its record. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer under test has no type until it was checked
  load(datasetId: string, raw: string, mode?: string): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: an answer under test has no type until it was checked
  loadUpload(datasetId: string, uploadId: string, mode?: string): Promise<any>;
  /** As the owner; the answer as it is streamed. */
  raw(method: string, url: string): Promise<{ readonly status: number; readonly body: Readable }>;
  /** The token of somebody who may only look. */
  viewer(): Promise<string>;
  /** Runs a schedule. */
  run(schedule: string): Promise<void>;
  /** Lets milliseconds pass, and signs in again. */
  later(ms: number): Promise<void>;
  now(): number;
  /** The tenant as the platform sees it. */
  system(): Scope;
  close(): Promise<void>;
}

export async function createDatasetWorld({
  only: modules = [auth, tenants, jobs, datasetsModule],
  ports,
}: {
  readonly only?: readonly Module[];
  readonly ports?: Partial<Ports>;
} = {}): Promise<DatasetWorld> {
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const platform = await createTestPlatform(modules, { clock: { now }, ...(ports ? { ports } : {}) });
  let owner = await platform.register();
  const call: DatasetWorld['call'] = async (method, url, body, token) =>
    platform.request(method, url, {
      token: token ?? owner.token,
      headers: { 'x-tenant-id': owner.tenantId },
      ...(body === undefined ? {} : { body }),
    });
  const upload: DatasetWorld['upload'] = async (raw, query = 'format=csv') => {
    const url = `/api/datasets/uploads/create?${query}`;
    return (await platform.request('POST', url, { token: owner.token, raw })).body.id;
  };
  /** An upload of plain CSV that nobody looked into: most tests know what is in it, and that takes a process less. */
  const plant = async (raw: string): Promise<string> => {
    const { app } = platform;
    const id = app.ids.next('upl');
    const { bytes } = await app.ports.files.write(uploadKey(owner.tenantId, id), Readable.from([raw]));
    const [header = ''] = raw.split('\n', 1);
    const columns = header
      .split(',')
      .map((source) => ({ source, name: columnName(source), type: 'string', samples: [], empty: 0 }));
    const layout = { format: 'csv', delimiter: ',' };
    await system().repo(uploads).create({ layout, bytes, rows: 1, columns, warnings: [] }, { id });
    return id;
  };
  const system = (): Scope => createSystemContext(platform.app, 'req_test', 'test').tenant(owner.tenantId);
  const loadUpload: DatasetWorld['loadUpload'] = async (datasetId, uploadId, mode = 'append') => {
    const started = await call('POST', '/api/datasets/loads/start', { datasetId, uploadId, mode });
    if (started.status !== 202) throw new Error(started.text);
    await runDueJobs(platform.app);
    return (await call('GET', `/api/datasets/loads/${started.body.id}`)).body;
  };
  const signIn = async (email: string): Promise<string> => {
    const body = { email, password: 'a long passphrase' };
    return (await platform.request('POST', '/api/auth/login', { body })).body.accessToken;
  };
  return {
    platform,
    get owner() {
      return owner;
    },
    call,
    upload,
    dataset: async (columns, more = {}) =>
      (await call('POST', '/api/datasets/datasets', { name: 'Orders', columns, ...more })).body.id,
    load: async (datasetId, raw, mode) => loadUpload(datasetId, await plant(raw), mode),
    loadUpload,
    raw: async (method, url) => {
      const answer = await platform.send(method, url, { token: owner.token });
      if (!(answer.body instanceof Readable)) throw new Error(String(answer.body));
      return { status: answer.status, body: answer.body };
    },
    viewer: async () => {
      const guest = await platform.register('Guest');
      const invited = await call('POST', '/api/tenants/members/add', { email: guest.email, role: 'viewer' });
      const token = new URL(invited.body.inviteUrl).searchParams.get('token');
      const joined = await platform.request('POST', '/api/tenants/invitations/accept', {
        token: guest.token,
        body: { token },
      });
      if (joined.status !== 200) throw new Error(joined.text);
      return guest.token;
    },
    run: async (name) => {
      const schedule = platform.app.registry.schedules.find((one) => one.name === name);
      if (!schedule) throw new Error(`no schedule ${name}`);
      await schedule.handle(createSystemContext(platform.app, platform.app.ids.next('run'), name));
    },
    later: async (ms) => {
      ahead += ms;
      owner = { ...owner, token: await signIn(owner.email) };
    },
    now,
    system,
    close: () => platform.close(),
  };
}

/** A name the collection takes; what the load needs of it is the source. */
const columnName = (source: string): string => source.toLowerCase().replaceAll(/[^a-z]+/g, '_') || 'a';
