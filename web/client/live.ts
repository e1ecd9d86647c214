import type { Api } from './api';
import { readEvents } from './event-stream';
import { isProblem } from './problem';
import type { LiveEvent } from './types';

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

export type LiveState = 'connecting' | 'live' | 'offline';

export interface LiveOptions {
  readonly onEvent: (event: LiveEvent) => void;
  readonly onState: (state: LiveState) => void;
  /** The connection was away and events may have been missed: fetch everything again. */
  readonly onGap: () => void;
  readonly signal: AbortSignal;
}

/** Follows the tenant's change stream until the signal aborts; resumes after the last event it saw, with growing pauses. */
export async function followLive(api: Api, { onEvent, onState, onGap, signal }: LiveOptions): Promise<void> {
  let lastId: string | undefined;
  let wait = FIRST_WAIT;
  let connectedBefore = false;
  while (!signal.aborted) {
    onState('connecting');
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (lastId) headers['last-event-id'] = lastId;
      const response = await api.fetch('/api/stream', { headers, signal, cache: 'no-store' });
      onState('live');
      // With no event to resume from, what happened while away is unknown.
      if (connectedBefore && !lastId) onGap();
      connectedBefore = true;
      wait = FIRST_WAIT;
      for await (const message of readEvents(response.body ?? new ReadableStream())) {
        lastId = message.id ?? lastId;
        const event = parseEvent(message.data);
        if (event) onEvent(event);
        else if (message.event === 'reset') onGap();
      }
    } catch (error) {
      if (signal.aborted || isProblem(error, 'unauthenticated')) return;
      // The place to resume from is too old: start again from now.
      if (isProblem(error) && error.status >= 400 && error.status < 500) lastId = undefined;
    }
    onState('offline');
    await pause(wait * (0.75 + Math.random() / 2), signal);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }
}

function parseEvent(data: string): LiveEvent | undefined {
  try {
    const event = JSON.parse(data) as Partial<LiveEvent>;
    return event.collection && event.recordId ? (event as LiveEvent) : undefined;
  } catch {
    return undefined;
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener('online', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener('online', done);
    signal.addEventListener('abort', done);
  });
