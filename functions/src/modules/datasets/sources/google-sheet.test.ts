import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGuardedHttp } from '../../../adapters/http-guarded/index.ts';
import { createTestAuthority } from '../../../kernel/testing/certificate.ts';
import { exportUrl } from './google-sheet.ts';
import { createSourceWorld, type SourceWorld } from './sources.fixture.ts';

const ID = '1AbCdEfGhIjKlMnOpQrStUvWxYz012345';

it('every link that Google Sheets shares leads to its sheet as CSV', () => {
  const base = `https://docs.google.com/spreadsheets/d/${ID}`;
  const csv = `${base}/export?format=csv&gid=`;
  expect(exportUrl(`${base}/edit?usp=sharing`)).toBe(`${csv}0`);
  expect(exportUrl(`${base}/edit#gid=42`)).toBe(`${csv}42`);
  expect(exportUrl(`${base}/edit?gid=42#gid=42`)).toBe(`${csv}42`);
  expect(exportUrl(base.replace('/d/', '/u/1/d/'))).toBe(`${csv}0`);
  expect(exportUrl('https://docs.google.com/spreadsheets/d/e/2PACX-1vAbCdEf/pubhtml?gid=7&single=true')).toBe(
    'https://docs.google.com/spreadsheets/d/e/2PACX-1vAbCdEf/pub?output=csv&single=true&gid=7',
  );
  expect(exportUrl('https://docs.google.com/document/d/1AbCdEfGhIjKlMn/edit')).toBeUndefined();
});

describe('Google sheets', { timeout: 60_000 }, () => {
  const authority = createTestAuthority();
  let isPublic = true;
  const server = createServer(authority.issue('docs.google.com'), (request, response) => {
    if (!isPublic)
      return void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>');
    if (request.url === `/spreadsheets/d/${ID}/export?format=csv&gid=42`)
      return void response.writeHead(307, { location: '/there' }).end();
    response.writeHead(200, { 'content-type': 'text/csv' }).end('Name,Total\nAda,1\n');
  });
  let world: SourceWorld;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    world = await createSourceWorld(
      undefined,
      [],
      createGuardedHttp({
        allow: 'docs.google.com',
        resolve: async () => [{ address: '127.0.0.1', family: 4 }],
        authorities: [authority.cert],
      }),
    );
  });
  afterAll(async () => {
    await world.close();
    await new Promise((resolve) => server.close(resolve));
  });

  const look = (host = 'docs.google.com') => {
    const { port } = server.address() as AddressInfo;
    const url = `https://${host}:${port}/spreadsheets/d/${ID}/edit#gid=42`;
    return world.call('POST', '/api/datasets/sources/preview', { config: { kind: 'google-sheet', url } });
  };

  it('are read by the link one shares, when they are public', async () => {
    const { status, body } = await look();
    expect(status).toBe(200);
    expect(body.columns.map(({ source }: { source: string }) => source)).toEqual(['Name', 'Total']);
    isPublic = false;
    const closed = await look();
    expect(closed.status).toBe(422);
    expect(closed.body.errors[0].message).toMatch(/^The sheet is not public\./);
    expect((await look('docs.google.com.example.com')).body.errors[0].path).toBe('config.url');
  });
});
