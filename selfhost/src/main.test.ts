import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

let directory: string;
let children: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'server-'));
});

afterEach(async () => {
  await Promise.all(children.map((child) => end(child, 'SIGKILL')));
  children = [];
  rmSync(directory, { recursive: true, force: true });
});

interface Started {
  child: ChildProcess;
  /** Undefined when the process ended instead of listening. */
  url: string | undefined;
  output: () => string;
}

function start(variables: Record<string, string> = {}): Promise<Started> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const env = Object.assign({}, process.env, { PORT: '0', MEWAYZ_DATA_DIR: directory }, variables);
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  children.push(child);
  let output = '';
  return new Promise((resolve) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      const url = /ready at (http:\S+)/.exec(output)?.[1];
      if (url) resolve({ child, url, output: () => output });
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', () => resolve({ child, url: undefined, output: () => output }));
  });
}

function end(child: ChildProcess, how: NodeJS.Signals | 'stop'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (how === 'stop') child.send('stop');
  else child.kill(how);
  return exited;
}

async function post(url: string, body: object, token = ''): Promise<Record<string, never>> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(response.status).toBe(201);
  return (await response.json()) as Record<string, never>;
}

it('serves, survives being killed with what it acknowledged, and stops gracefully', {
  timeout: 60_000,
}, async () => {
  const first = await start();
  const account = {
    email: 'ann@example.com',
    password: 'a long enough secret',
    name: 'Ann',
    organization: 'Acme',
  };
  const { accessToken } = await post(`${first.url}/api/auth/register`, account);
  const contact = await post(
    `${first.url}/api/crm/contacts`,
    { name: 'Bob', email: 'bob@example.com' },
    accessToken,
  );
  await end(first.child, 'SIGKILL');

  const second = await start();
  const headers = { authorization: `Bearer ${accessToken}` };
  const found = await fetch(`${second.url}/api/crm/contacts/${contact.id}`, { headers });
  expect(found.status).toBe(200);
  expect(await found.json()).toMatchObject({ name: 'Bob', version: 1 });

  const metrics = await fetch(`${second.url}/metrics`);
  expect(await metrics.text()).toContain('relay_lag_seconds');
  const forwarded = await fetch(`${second.url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.9' } });
  expect(forwarded.status).toBe(404);
  const nowhere = await fetch(`${second.url}/api/nowhere`);
  expect(nowhere.status).toBe(404);
  expect(await nowhere.json()).toMatchObject({ code: 'not_found' });

  const rival = await start();
  expect(rival.url).toBeUndefined();
  expect(rival.child.exitCode).toBe(1);
  expect(rival.output()).toContain('in use by another server');

  expect(await end(second.child, process.platform === 'win32' ? 'stop' : 'SIGTERM')).toBe(0);
});

it('stops when the process that started it says so', { timeout: 30_000 }, async () => {
  const { child } = await start();
  expect(await end(child, 'stop')).toBe(0);
});

it('says what is wrong with the environment', { timeout: 30_000 }, async () => {
  const { child, output } = await start({ PORT: 'many' });
  expect(child.exitCode).toBe(1);
  expect(output()).toContain('PORT');
});
