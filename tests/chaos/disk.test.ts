import { spawnSync } from 'node:child_process';
import { cp, mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Account,
  eventually,
  freePort,
  launch,
  startServer,
  type TestServer,
  temporaryDirectory,
} from '../support/server.ts';

const mount = (directory: string): boolean =>
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', directory]).status === 0;

const probe = await temporaryDirectory();
const mayMount = mount(probe);
if (mayMount) spawnSync('umount', [probe]);
await rm(probe, { recursive: true, force: true });

describe.skipIf(!mayMount)('a full disk (needs root on Linux, for a small tmpfs)', () => {
  let disk = '';
  let server: TestServer;
  let account: Account;
  const ballast = (): string => path.join(disk, 'ballast');
  const create = (name: string) =>
    server.request('POST', '/api/crm/contacts', {
      token: account.token,
      body: { name, notes: 'x'.repeat(15_000) },
    });

  beforeAll(async () => {
    disk = await temporaryDirectory();
    expect(mount(disk)).toBe(true);
    server = await startServer({ directory: path.join(disk, 'data'), environment: { LOG_LEVEL: 'silent' } });
    account = await server.register();
    await create('warm');
    const { bavail, bsize } = await statfs(disk);
    await writeFile(ballast(), Buffer.alloc(Math.max(0, bavail * bsize - 6 * 2 ** 20)));
  });
  afterAll(async () => {
    await server?.stop();
    spawnSync('umount', ['-l', disk]);
    await rm(disk, { recursive: true, force: true });
  });

  it('refuses writes with 503, keeps every write it acknowledged, halves none, and goes on when there is space', {
    timeout: 180_000,
  }, async () => {
    const acknowledged = new Map<string, string>();
    let refused: Awaited<ReturnType<typeof create>> | undefined;
    for (let n = 0; n < 3_000 && !refused; n++) {
      const answer = await create(`contact ${n}`);
      if (answer.status === 201) acknowledged.set(answer.body.id, answer.body.name);
      else refused = answer;
    }
    expect(refused).toMatchObject({
      status: 503,
      body: { code: 'unavailable', requestId: expect.any(String) },
    });
    expect(refused?.headers.get('retry-after')).toBeTruthy();

    const [sample = ''] = acknowledged.keys();
    expect(
      (await server.request('GET', `/api/crm/contacts/${sample}`, { token: account.token })).status,
    ).toBe(200);

    await rm(ballast());
    const after = await eventually(
      'writes after space was freed',
      () => create('after'),
      ({ status }) => status === 201,
      60_000,
    );
    acknowledged.set(after.body.id, 'after');
    await expectWhole(acknowledged);

    await server.stop();
    server = await startServer({ directory: path.join(disk, 'data'), environment: { LOG_LEVEL: 'silent' } });
    await expectWhole(acknowledged);
  });

  /** Everything acknowledged is there with one change; what was refused left nothing behind. */
  async function expectWhole(acknowledged: ReadonlyMap<string, string>): Promise<void> {
    const found = new Map<string, string>();
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body, status, text } = await server.request(
        'GET',
        `/api/crm/contacts?limit=200${cursor ? `&cursor=${cursor}` : ''}`,
        { token: account.token },
      );
      expect({ status, text: status === 200 ? '' : text }).toMatchObject({ status: 200 });
      for (const { id, name } of body.items) found.set(id, name);
      cursor = body.nextCursor;
    }
    for (const [id, name] of acknowledged) expect(found.get(id)).toBe(name);
    for (const id of found.keys()) {
      const { body } = await server.request('GET', `/api/crm/contacts/${id}/history`, {
        token: account.token,
      });
      expect(body.items).toHaveLength(1);
    }
    // Beyond the acknowledged ones there is `warm`, and what the eventual retries made.
    const names = [...found].filter(([id]) => !acknowledged.has(id)).map(([, name]) => name);
    expect(names.filter((name) => name !== 'warm')).toEqual([]);
  }
});

describe('a lost data folder', () => {
  it('is refused on write, not written into the void', { timeout: 120_000 }, async () => {
    const server = await startServer({ environment: { LOG_LEVEL: 'silent' } });
    try {
      const account = await server.register();
      const create = () =>
        server.request('POST', '/api/crm/contacts', { token: account.token, body: { name: 'Ada' } });
      expect((await create()).status).toBe(201);
      await rm(server.directory, { recursive: true, force: true });
      const refused = await eventually('the refusal', create, ({ status }) => status !== 201, 20_000);
      expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect((await server.request('GET', '/api/health')).status).toBe(503);
    } finally {
      await server.kill();
      await rm(server.directory, { recursive: true, force: true });
    }
  });

  it('stops the start when the documents are gone but the rest is there', { timeout: 120_000 }, async () => {
    const server = await startServer({ environment: { LOG_LEVEL: 'silent' } });
    const account = await server.register();
    await server.request('POST', '/api/crm/contacts', { token: account.token, body: { name: 'Ada' } });
    await server.stop();
    await rm(path.join(server.directory, 'firestore'), { recursive: true });
    expect(await startFails(server.directory)).toMatch(/firestore|documents/i);
    await rm(server.directory, { recursive: true, force: true });
  });

  it('stops the start when the folder cannot be a folder, or belongs to a running server', {
    timeout: 120_000,
  }, async () => {
    const directory = await temporaryDirectory();
    const file = path.join(directory, 'file');
    await writeFile(file, 'not a folder');
    expect(await startFails(file)).toMatch(/data folder/i);
    await mkdir(path.join(directory, 'data'));
    const running = await startServer({ directory: path.join(directory, 'data') });
    expect(await startFails(running.directory)).toMatch(/in use/);
    await running.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('stops the start when a database is damaged', { timeout: 120_000 }, async () => {
    const server = await startServer({ environment: { LOG_LEVEL: 'silent' } });
    await server.register();
    await server.stop();
    const damaged = await temporaryDirectory();
    await cp(server.directory, damaged, { recursive: true });
    const { readdir } = await import('node:fs/promises');
    for (const name of await readdir(path.join(damaged, 'firestore')))
      await writeFile(path.join(damaged, 'firestore', name), Buffer.alloc(8_192, 0x5a));
    expect(await startFails(damaged)).not.toBe('');
    await Promise.all(
      [server.directory, damaged].map((folder) => rm(folder, { recursive: true, force: true })),
    );
  });
});

/** Starts a server that must not become ready, and resolves what it said. */
async function startFails(directory: string): Promise<string> {
  const { child, output } = launch(directory, await freePort());
  const ended = await eventually(
    'the failed start',
    async () => child.exitCode ?? (/ready at/.test(output()) ? 'ready' : undefined),
    (seen) => seen !== undefined,
    60_000,
  );
  child.kill('SIGKILL');
  expect({ ended, output: output() }).toMatchObject({ ended: 1 });
  return output();
}
