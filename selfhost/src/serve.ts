import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface HttpServer {
  url: string;
  /**
   * Accepts nothing more and waits for the requests in flight, at most `graceMs`. Event streams, which would never
   * end, are ended at once; their clients come back and resume.
   */
  stop(graceMs: number): Promise<void>;
}

/** Listens; rejects when the address is taken or not ours. */
export async function serve(listener: RequestListener, port: number, host: string): Promise<HttpServer> {
  const active = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    active.add(response);
    response.once('close', () => active.delete(response));
    listener(request, response);
  });
  // Uploads of gigabytes take longer than Node's five minutes, and functions may think for nine before they answer.
  server.requestTimeout = 60 * 60 * 1_000;
  server.timeout = 10 * 60 * 1_000;
  await listen(server, port, host);
  const address = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;

  return {
    url: `http://${name}:${address.port}`,
    async stop(graceMs) {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const response of active) {
        if (String(response.getHeader('content-type')).startsWith('text/event-stream')) response.end();
      }
      const deadline = Date.now() + graceMs;
      while (active.size > 0 && Date.now() < deadline) await sleep(20);
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
