import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Certificate,
  createTestAuthority,
  selfSigned,
} from '../../functions/src/kernel/testing/certificate.ts';

/** Receivers that do everything wrong, on ports of their own, and two that are well. */
export interface Receivers {
  /** Authority of the certificate of `secure`, PEM. */
  readonly authority: string;
  /** The address of each. */
  readonly urls: Readonly<Record<string, string>>;
  /** Bodies that `well` and `secure` have taken, in order. */
  readonly taken: Readonly<Record<'well' | 'secure', string[]>>;
  /** How often the server was reached to which `redirects` points. */
  own(): number;
  close(): void;
}

const HOST = '127.0.0.1';
const TEN_MB = 10 * 2 ** 20;

export async function startReceivers(): Promise<Receivers> {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const listen = async (server: Server): Promise<number> => {
    servers.push(server.listen(0, HOST));
    server.on('connection', (socket: Socket) => {
      sockets.add(socket.on('error', () => {}));
      socket.on('close', () => sockets.delete(socket));
    });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const plain = async (handler: RequestListener): Promise<string> =>
    `http://${HOST}:${await listen(createServer(handler))}/`;
  const secured = async (certificate: Certificate, handler: RequestListener): Promise<string> =>
    `https://${HOST}:${await listen(createTlsServer(certificate, handler))}/`;

  const authority = createTestAuthority();
  const taken = { well: [] as string[], secure: [] as string[] };
  let own = 0;
  const inside = await plain((_request, response) => {
    own += 1;
    response.end('own network');
  });
  const fine: RequestListener = (_request, response) => void response.end('fine');
  const yesterday = new Date(Date.now() - 86_400_000);
  const nobody = createTcpServer();
  const urls = {
    well: await plain(take(taken.well)),
    secure: await secured(authority.issue(HOST), take(taken.secure)),
    hangs: await plain(() => {}),
    fails: await plain((_request, response) => void response.writeHead(500).end('broken inside')),
    drips: await plain(drip),
    redirects: await plain((_request, response) => void response.writeHead(307, { location: inside }).end()),
    metadata: await plain(
      (_request, response) =>
        void response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
    ),
    mismatch: await secured(authority.issue('other.example'), fine),
    expired: await secured(authority.issue(HOST, yesterday), fine),
    selfSigned: await secured(selfSigned(HOST), fine),
    large: await plain((_request, response) => void response.end(Buffer.alloc(TEN_MB, 'x'))),
    resets: await plain((request) => void request.socket.resetAndDestroy()),
    halves: await plain((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => request.socket.destroy());
    }),
    babbles: `http://${HOST}:${await listen(createTcpServer((socket) => void socket.end('220 no HTTP here\r\n')))}/`,
    nobody: `http://${HOST}:${await listen(nobody)}/`,
    busy: await plain((_request, response) => void response.writeHead(429, { 'retry-after': '600' }).end()),
    gone: await plain((_request, response) => void response.writeHead(410).end()),
  };
  nobody.close();
  return {
    authority: authority.cert,
    urls,
    taken,
    own: () => own,
    close: () => {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const take =
  (taken: string[]): RequestListener =>
  async (request, response) => {
    taken.push(Buffer.concat(await request.toArray()).toString());
    response.writeHead(204).end();
  };

/** Begins to answer at once, and never ends. */
async function drip(_request: unknown, response: Parameters<RequestListener>[1]): Promise<void> {
  response.writeHead(200);
  while (!response.destroyed) {
    response.write('drop ');
    await sleep(100);
  }
}
