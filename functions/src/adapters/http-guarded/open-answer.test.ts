import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../kernel/ports/http.ts';
import { createGuardedHttp } from './index.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  headers: {},
  timeoutMs: 60_000,
  maxBytes: 10_000_000,
  ...more,
});

describe('an answer that is read as it comes', () => {
  const http = createGuardedHttp({ allow: '127.0.0.1' });

  it('arrives byte for byte, after its beginning', async () => {
    const sent = Buffer.alloc(5_000_000, 'äb');
    const url = await listen((_request, response) => {
      response.writeHead(206, { 'x-two': ['a', 'b'] });
      response.end(sent);
    });
    const { status, headers, body } = await http.open(get(url));
    expect([status, headers['x-two']]).toEqual([206, 'a, b']);
    expect(Buffer.concat(await body.toArray()).equals(sent)).toBe(true);
  });

  it('fails when it is longer than allowed, breaks off, takes too long, or is stopped', async () => {
    const endless = await listen((_request, response) => void response.write('x'.repeat(1_000)));
    const broken = await listen((_request, response) => {
      response.writeHead(200, { 'content-length': 5_000 });
      response.write('half', () => response.destroy());
    });
    const stop = new AbortController();
    const failing = async (request: HttpRequest, act = (): void => undefined): Promise<unknown> => {
      const { body } = await http.open(request);
      act();
      return body.toArray().catch((error: unknown) => error);
    };
    expect(await failing(get(endless, { maxBytes: 999 }))).toMatchObject({ kind: 'answer' });
    expect(await failing(get(broken))).toMatchObject({ kind: 'answer', message: 'The answer broke off.' });
    expect(await failing(get(endless, { timeoutMs: 1_000 }))).toMatchObject({ kind: 'timeout' });
    const stopped = failing(get(endless, { signal: stop.signal }), () => stop.abort());
    expect(await stopped).toMatchObject({ kind: 'stopped' });
    await expect(http.open(get('http://10.0.0.1/'))).rejects.toMatchObject({ name: 'HttpRefused' });
  });

  it('lets go of the connection when nobody wants the rest', async () => {
    let closed = 0;
    const url = await listen((request, response) => {
      request.socket.once('close', () => {
        closed++;
      });
      response.write('x'.repeat(1_000));
    });
    const { body } = await http.open(get(url));
    body.destroy();
    await expect.poll(() => closed, { timeout: 60_000 }).toBe(1);
  });
});
