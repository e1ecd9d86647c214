import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpFailed, HttpRefused, type HttpRequest } from '../../kernel/ports/http.ts';
import { type Certificate, createTestAuthority, selfSigned } from '../../kernel/testing/certificate.ts';
import { createGuardedHttp } from './index.ts';

const open: (Server | Socket)[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  headers: {},
  timeoutMs: 3_000,
  maxBytes: 100,
  ...more,
});

/** A server of the own network, and how often it was reached. */
async function listen(certificate?: Certificate): Promise<{ port: number; reached: () => number }> {
  let reached = 0;
  const handler = (_request: unknown, response: { end(text: string): void }): void => {
    reached += 1;
    response.end('own network');
  };
  const server = certificate ? createTlsServer(certificate, handler) : createServer(handler);
  open.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, reached: () => reached };
}

const HOSTILE = [
  // Loopback in every spelling a URL parser takes.
  'https://127.0.0.1/',
  'https://127.0.0.2:8443/',
  'https://127.1/',
  'https://127.0.1/',
  'https://0177.0.0.1/',
  'https://0x7f.1/',
  'https://0x7f000001/',
  'https://2130706433/',
  'https://017700000001/',
  'https://127.0.0.1./',
  'https://%31%32%37.0.0.1/',
  'https://①②⑦.⓪.⓪.①/',
  'https://127。0。0。1/',
  'https://0/',
  'https://0.0.0.0/',
  'https://localhost/',
  'https://LOCALHOST/',
  'https://localhost./',
  'https://anything.localhost/',
  'https://[::1]/',
  'https://[::]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[::127.0.0.1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::ffff:0:127.0.0.1]/',
  // Private, shared, link-local and other special networks.
  'https://10.0.0.1/',
  'https://10.255.255.255/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.0.1/',
  'https://192.168.1/',
  'https://0xc0a80001/',
  'https://3232235521/',
  'https://100.64.0.1/',
  'https://169.254.1.1/',
  'https://192.0.0.8/',
  'https://192.0.2.1/',
  'https://198.18.0.1/',
  'https://198.51.100.1/',
  'https://203.0.113.1/',
  'https://224.0.0.1/',
  'https://240.0.0.1/',
  'https://255.255.255.255/',
  'https://[fe80::1]/',
  'https://[fc00::1]/',
  'https://[fd12:3456:789a::1]/',
  'https://[fec0::1]/',
  'https://[ff02::1]/',
  'https://[2001:db8::1]/',
  'https://[100::1]/',
  // What clouds answer credentials at.
  'https://169.254.169.254/latest/meta-data/iam/',
  'https://0xa9fea9fe/',
  'https://2852039166/',
  'https://[::ffff:169.254.169.254]/',
  'https://[fd00:ec2::254]/',
  'https://169.254.170.2/v2/credentials',
  'https://100.100.100.200/',
  // IPv4 carried in IPv6.
  'https://[64:ff9b::127.0.0.1]/',
  'https://[64:ff9b::a9fe:a9fe]/',
  'https://[64:ff9b:1::a00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[2002:a9fe:a9fe::]/',
  'https://[2001:0:a00:1::]/',
  // Other protocols, and ports of other protocols.
  'http://example.com/',
  'ftp://example.com/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:6379/_FLUSHALL',
  'data:text/plain,hello',
  'javascript:alert(1)',
  'https://example.com:22/',
  'https://example.com:25/',
  'https://example.com:53/',
  'https://example.com:465/',
  'https://example.com:6667/',
  // Disguises.
  'https://example.com@127.0.0.1/',
  'https://user:password@example.com/',
  'https://127.0.0.1#@example.com/',
  'https://127.0.0.1\\@example.com/',
  'https:///127.0.0.1/',
  'https://[::1%25eth0]/',
  'https://',
  '//127.0.0.1/',
  'nonsense',
  '',
];

describe('hostile addresses', () => {
  const http = createGuardedHttp();
  it('are many', () => expect(HOSTILE.length).toBeGreaterThanOrEqual(60));
  it.each(HOSTILE)('%s is refused, before anything is asked', async (url) => {
    expect(http.refusal(url)).toEqual(expect.any(String));
    await expect(http.send(get(url))).rejects.toThrow(HttpRefused);
  });
});

describe('a name server of an attacker', () => {
  /** Answers each question for IPv4 with the next of `answers`, and has no IPv6. */
  async function nameServer(...answers: readonly (readonly string[])[]): Promise<string> {
    let asked = 0;
    const socket = createSocket('udp4').on('message', (query, from) => {
      const end = query.indexOf(0, 12) + 5;
      const isV4 = query.readUInt16BE(end - 4) === 1;
      const addresses = isV4 ? (answers[Math.min(asked++, answers.length - 1)] ?? []) : [];
      const head = Buffer.from(query.subarray(0, 12));
      head.writeUInt16BE(0x8180, 2);
      head.writeUInt16BE(addresses.length, 6);
      head.writeUInt32BE(0, 8);
      const records = addresses.map((address) =>
        Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
      );
      socket.send(Buffer.concat([head, query.subarray(12, end), ...records]), from.port, from.address);
    });
    open.push(socket.bind(0, '127.0.0.1'));
    await once(socket, 'listening');
    return `127.0.0.1:${socket.address().port}`;
  }
  const authority = createTestAuthority();
  const guarded = (server: string, allow = '') =>
    createGuardedHttp({ nameServers: [server], authorities: [authority.cert], allow });

  it('that first says a public address and then an own one (rebinding) is believed at neither time', async () => {
    const { port, reached } = await listen(authority.issue('rebind.example'));
    // Nothing answers at the public address (of a network that is not routed), so the time runs out there.
    const http = guarded(await nameServer(['93.184.216.34'], ['127.0.0.1'], ['10.0.0.1', '127.0.0.1']));
    const url = `https://rebind.example:${port}/`;
    expect(http.refusal(url)).toBeUndefined();
    await expect(http.send(get(url, { timeoutMs: 300 }))).rejects.toThrow(HttpFailed);
    for (let again = 0; again < 3; again += 1) await expect(http.send(get(url))).rejects.toThrow(HttpRefused);
    expect(reached()).toBe(0);
  });

  it('that puts an own address beside a public one reaches only the public one', async () => {
    const { port, reached } = await listen(authority.issue('mixed.example'));
    const http = guarded(await nameServer(['127.0.0.1', '93.184.216.34']));
    await expect(http.send(get(`https://mixed.example:${port}/`, { timeoutMs: 300 }))).rejects.toThrow(
      HttpFailed,
    );
    expect(reached()).toBe(0);
  });

  it('is asked at each call, and its answer is what is connected to', async () => {
    const { port, reached } = await listen(authority.issue('own.example'));
    const http = guarded(await nameServer(['127.0.0.1'], ['169.254.169.254'], ['127.0.0.1']), '127.0.0.0/8');
    const url = `https://own.example:${port}/`;
    expect((await http.send(get(url))).body).toBe('own network');
    await expect(http.send(get(url))).rejects.toThrow(HttpRefused);
    expect((await http.send(get(url))).body).toBe('own network');
    expect(reached()).toBe(2);
  });

  it('that knows no such name is told apart', async () => {
    const http = guarded(await nameServer([]));
    await expect(http.send(get('https://none.example/'))).rejects.toMatchObject({ kind: 'dns' });
  });
});

it('leads a host of the allow-list to no address that hands out credentials', async () => {
  for (const address of ['169.254.169.254', 'fd00:ec2::254', 'fe80::1']) {
    const family = address.includes(':') ? 6 : 4;
    const http = createGuardedHttp({ allow: 'erp.internal', resolve: async () => [{ address, family }] });
    await expect(http.send(get('http://erp.internal/'))).rejects.toThrow(HttpRefused);
  }
});

describe('a certificate', () => {
  const authority = createTestAuthority();
  const http = createGuardedHttp({ allow: '127.0.0.1', authorities: [authority.cert] });
  const past = new Date(Date.now() - 86_400_000);

  it('of a trusted authority for this host is accepted', async () => {
    const { port } = await listen(authority.issue('127.0.0.1'));
    expect(await http.send(get(`https://127.0.0.1:${port}/`))).toMatchObject({ status: 200 });
  });

  it.each([
    ['for another host', authority.issue('other.example')],
    ['that has expired', authority.issue('127.0.0.1', past)],
    ['that vouches for itself', selfSigned('127.0.0.1')],
    ['of an unknown authority', createTestAuthority().issue('127.0.0.1')],
  ])('%s is not, and nothing is sent', async (_what, certificate) => {
    const { port, reached } = await listen(certificate);
    await expect(http.send(get(`https://127.0.0.1:${port}/`))).rejects.toMatchObject({ kind: 'certificate' });
    expect(reached()).toBe(0);
  });
});
