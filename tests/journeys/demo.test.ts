import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT, startServer, type TestServer } from '../support/server.ts';

const DEMO = path.join(ROOT, 'scripts', 'demo.ts');

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.remove());

async function runDemo(): Promise<string> {
  const env = { ...process.env, MEWAYZ_URL: server.url, MEWAYZ_DEMO_PASSWORD: 'a demonstration' };
  return (await promisify(execFile)(process.execPath, [DEMO], { env })).stdout;
}

it('fills a tenant through the public API, and changes nothing when it is run again', {
  timeout: 240_000,
}, async () => {
  const first = await runDemo();
  expect(first).toContain('invoices: 42481 rows, 2025 created, 0 updated, 0 rows skipped (0 refused)');
  expect(first).toContain('Revenue of December 2010: £748,957.02 (1699 orders, 948 customers)');
  expect(first).toContain('demo@mewayz.example');
  expect(first).toContain('CC BY 4.0');
  const second = await runDemo();
  expect(second).toContain('invoices: 42481 rows, 0 created, 0 updated');
  expect(second).toContain('Revenue of December 2010: £748,957.02 (1699 orders, 948 customers)');
});
