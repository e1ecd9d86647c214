import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpFailed, HttpRefused, type HttpRequest } from '../../kernel/ports/http.ts';
import { createGuardedHttp } from './index.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(handler: RequestListener): Promise<number> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const post = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'POST',
  url,
  headers: { 'x-test': 'yes' },
  body: '{"a":"ä"}',
  timeoutMs: 2_000,
  maxBytes: 100,
  ...more,
});

describe('an address that may not be called', () => {
  const http = createGuardedHttp();
  it.each([
    'http://example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'nonsense',
    'https://user:password@example.com/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0x7f.0.0.1/',
    'https://2130706433/',
    'https://017700000001/',
    'https://0/',
    'https://localhost/',
    'https://a.localhost/',
    'https://localhost./',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[64:ff9b::a9fe:a9fe]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/',
    'https://[fd00:ec2::254]/',
    'https://①②⑦.⓪.⓪.①/',
  ])('%s is refused before anything is asked', async (url) => {
    expect(http.refusal(url)).toEqual(expect.any(String));
    await expect(http.send(post(url))).rejects.toThrow(HttpRefused);
  });

  it('is refused when its name resolves to it, at the time of the call', async () => {
    let called = 0;
    const port = await listen((_request, response) => {
      called += 1;
      response.end();
    });
    const answers = [['10.0.0.1'], ['127.0.0.1', '::1'], ['::ffff:127.0.0.1'], ['0.0.0.0'], []];
    for (const addresses of answers) {
      const rebinding = createGuardedHttp({
        resolve: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      });
      expect(rebinding.refusal(`https://rebinding.example:${port}/`)).toBeUndefined();
      await expect(rebinding.send(post(`https://rebinding.example:${port}/`))).rejects.toThrow(HttpRefused);
    }
    expect(called).toBe(0);
  });

  it('is not reached through a public one that stands beside it', async () => {
    const port = await listen((_request, response) => void response.end('reached'));
    const mixed = createGuardedHttp({
      allow: 'mixed.example.invalid',
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    // Allowed by its name, so the same answer that is refused elsewhere is used here.
    expect((await mixed.send(post(`http://mixed.example.invalid:${port}/`))).body).toBe('reached');
    expect(mixed.refusal(`http://other.example:${port}/`)).toBe('Use an https:// address.');
  });
});

describe('a call', () => {
  const http = createGuardedHttp({ allow: '127.0.0.1' });

  it('sends method, headers and body, and gives status, headers and body', async () => {
    const port = await listen(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      response.writeHead(201, { 'x-seen': `${request.method} ${request.headers['x-test']} ${body.length}` });
      response.end(body);
    });
    expect(await http.send(post(`http://127.0.0.1:${port}/a?b=c`))).toMatchObject({
      status: 201,
      headers: { 'x-seen': 'POST yes 9' },
      body: '{"a":"ä"}',
    });
  });

  it('does not follow redirects', async () => {
    let called = 0;
    const port = await listen((request, response) => {
      called += 1;
      response.writeHead(302, { location: `http://127.0.0.1:${port}/again` }).end(request.url);
    });
    expect(await http.send(post(`http://127.0.0.1:${port}/`))).toMatchObject({ status: 302, body: '/' });
    expect(called).toBe(1);
  });

  it('reads no more of a large answer than it was told to', async () => {
    const port = await listen((_request, response) => {
      response.write('x'.repeat(10_000_000));
    });
    expect((await http.send(post(`http://127.0.0.1:${port}/`))).body).toBe('x'.repeat(100));
  });

  it('fails when it takes too long, breaks off, finds nobody, or is stopped', async () => {
    const slow = await listen((_request, response) => {
      response.writeHead(200);
      response.write('begun');
    });
    const broken = await listen((request) => void request.socket.destroy());
    const url = (port: number): string => `http://127.0.0.1:${port}/`;
    const late = http.send(post(url(slow), { timeoutMs: 100 }));
    // What had come is told all the same.
    await expect(late).rejects.toMatchObject({ kind: 'timeout', response: { status: 200, body: 'begun' } });
    await expect(late).rejects.toThrow('within 100 ms');
    await expect(http.send(post(url(broken)))).rejects.toMatchObject({ kind: 'connection' });
    const deserted = await listen(() => {});
    servers.at(-1)?.close();
    await expect(http.send(post(url(deserted)))).rejects.toMatchObject({ kind: 'connection' });
    const halved = await listen((request, response) => {
      response.writeHead(200, { 'content-length': '50' });
      response.write('half', () => request.socket.destroy());
    });
    await expect(http.send(post(url(halved)))).rejects.toMatchObject({
      kind: 'answer',
      response: { status: 200, body: 'half' },
    });
    await expect(http.send(post(`https://127.0.0.1:${slow}/`))).rejects.toThrow(HttpFailed);
    const stop = new AbortController();
    const stopped = http.send(post(url(slow), { signal: stop.signal }));
    stop.abort();
    await expect(stopped).rejects.toThrow('stopped');
    await expect(http.send(post(url(slow), { signal: stop.signal }))).rejects.toThrow('stopped');
  });
});
