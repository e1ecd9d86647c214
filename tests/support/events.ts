import type { Actor } from '../security/world.ts';

export interface StreamEvent {
  readonly id: string;
  readonly collection: string;
  readonly recordId: string;
  readonly operation: string;
  readonly version: number;
}

export interface EventStream {
  readonly status: number;
  /** What has arrived so far. */
  readonly events: readonly StreamEvent[];
  /** Whether the server ended the stream. */
  ended(): boolean;
  close(): void;
}

/** Opens `GET /api/stream` and collects its events until it is closed. */
export async function openStream(
  url: string,
  who: Pick<Actor, 'token' | 'tenantId'>,
  lastEventId?: string,
): Promise<EventStream> {
  const abort = new AbortController();
  const headers = {
    authorization: `Bearer ${who.token}`,
    'x-tenant-id': who.tenantId,
    ...(lastEventId ? { 'last-event-id': lastEventId } : {}),
  };
  const response = await fetch(new URL('/api/stream', url), { headers, signal: abort.signal });
  const events: StreamEvent[] = [];
  let ended = false;
  const read = async (): Promise<void> => {
    let text = '';
    for await (const part of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      const blocks = (text + part).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data) events.push(JSON.parse(data));
      }
    }
  };
  read()
    .catch(() => {})
    .finally(() => (ended = true));
  return { status: response.status, events, ended: () => ended, close: () => abort.abort() };
}
