import { setTimeout as sleep } from 'node:timers/promises';
import { type EventStream, openStream, type StreamEvent } from '../support/events.ts';
import type { Account, TestServer } from '../support/server.ts';

/** Another client's stream, with the time at which each event was seen. */
export interface StreamObserver {
  readonly seen: readonly { readonly event: StreamEvent; readonly at: number }[];
  close(): void;
}

/** Looked at this often, so a time may be this much too late. */
const STREAM_LOOK = 5;
const WAREHOUSE_LOOK = 100;

export async function observeStream(server: TestServer, account: Account): Promise<StreamObserver> {
  const stream: EventStream = await openStream(server.url, account);
  const seen: { event: StreamEvent; at: number }[] = [];
  const timer = setInterval(() => {
    const at = performance.now();
    for (const event of stream.events.slice(seen.length)) seen.push({ event, at });
  }, STREAM_LOOK);
  return {
    seen,
    close() {
      clearInterval(timer);
      stream.close();
    },
  };
}

/** How many invoices a dashboard counts, each time it was asked. */
export interface WarehouseObserver {
  readonly counts: readonly { readonly orders: number; readonly at: number }[];
  /** The last count. Throws when a query was refused. */
  last(): Promise<number>;
  close(): Promise<void>;
}

export function observeWarehouse(server: TestServer, { token }: Account): WarehouseObserver {
  const counts: { orders: number; at: number }[] = [];
  const closed = new AbortController();
  const run = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      const answer = await server.request('POST', '/api/analytics/query', {
        token,
        body: { metrics: ['orders'] },
      });
      if (answer.status !== 200)
        throw new Error(`query: ${answer.status} ${answer.text}\n${server.output()}`);
      counts.push({ orders: Number(answer.body.rows[0]?.orders ?? 0), at: performance.now() });
      await sleep(WAREHOUSE_LOOK);
    }
  };
  let failure: unknown;
  const running = run().catch((error: unknown) => {
    failure = error;
  });
  return {
    counts,
    last: async () => {
      if (failure) throw failure;
      return counts.at(-1)?.orders ?? 0;
    },
    async close() {
      closed.abort();
      await running;
    },
  };
}
