/**
 * Functions that were declared with onDocumentCreated, -Updated, -Deleted and -Written. The documents' feed is carried
 * to a topic, from which each function has a filtered subscription; a document is an ordering key.
 */

import { createHash } from 'node:crypto';
import { type EncodedChange, type FirestoreEngine, readPatterns } from '@mewayz/emulators/firestore';
import type { OutgoingMessage, PubSubEngine, ReceivedMessage } from '@mewayz/emulators/pubsub';
import { type CloudFunction, type Endpoint, stringOption } from './discover.ts';
import type { EventFunction } from './event-delivery.ts';

export type DocumentFeed = FirestoreEngine['feed'];

const TOPIC = 'firestore-events';
/** Name of the reader of the feed, and of the place up to which the topic has it. */
const READER = 'triggers';
const DEFAULT_DATABASE = '(default)';
const READ_LIMIT = 100;
/** With one more change, of two documents of a megabyte, still what can be published at once. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** A message has at most a hundred attributes, and each function that is concerned is one. */
const MAX_FUNCTIONS = 100;
const EVENT_TYPE =
  /^google\.cloud\.firestore\.document\.v1\.(created|updated|deleted|written)(\.withAuthContext)?$/;

/** Whether this is a trigger on documents of the one database that there is. */
export function listensToDocuments({ eventTrigger }: Endpoint): boolean {
  return (
    eventTrigger !== undefined &&
    EVENT_TYPE.test(eventTrigger.eventType) &&
    stringOption(eventTrigger.eventFilters.database) === DEFAULT_DATABASE
  );
}

export function documentFunction(name: string, fn: CloudFunction): EventFunction {
  const type = fn.__endpoint.eventTrigger?.eventType ?? '';
  return {
    fn,
    topic: TOPIC,
    filter: `attributes:"${attributeOf(name)}"`,
    toEvent: (received, _subscription, projectId) => toCloudEvent(received, type, projectId),
  };
}

/** Names that begin with `goog` are not for us, but functions may have them. */
const attributeOf = (name: string): string => `function-${name}`;

/** Says which functions a change concerns, by its path and what happened. */
interface Interest {
  name: string;
  kind: string;
  path: RegExp | undefined;
}

/**
 * Carries the feed to the topic of the document functions; undefined when there are none. From its first call for a
 * function on, nothing that concerns it is missed, whether or not anything runs.
 */
export function createDocumentRelay(
  functions: ReadonlyMap<string, CloudFunction>,
  feed: DocumentFeed,
  { pubsub }: { pubsub: PubSubEngine },
): { run(signal: AbortSignal): Promise<void> } | undefined {
  if (functions.size === 0) {
    feed.forget(READER);
    return undefined;
  }
  if (functions.size > MAX_FUNCTIONS)
    throw new Error(
      `At most ${MAX_FUNCTIONS} functions can listen to documents; there are ${functions.size}.`,
    );
  const patterns = [...functions].map(([name, fn]) => patternOf(name, fn));
  const interests = [...functions].map(([name, fn], index): Interest => {
    const [, kind = ''] = EVENT_TYPE.exec(fn.__endpoint.eventTrigger?.eventType ?? '') ?? [];
    return { name, kind, path: readPatterns([patterns[index] ?? '']) };
  });
  const reader = feed.reader(READER, patterns);
  pubsub.createTopic(TOPIC);

  /** False when there was nothing. */
  function relay(): boolean {
    const stored = BigInt(pubsub.cursor(READER) ?? 0);
    const changes = reader.readEncoded(READ_LIMIT, stored > reader.cursor ? stored : reader.cursor);
    for (const { messages, last } of batchesOf(changes, interests)) {
      pubsub.publish(TOPIC, messages, { cursor: { name: READER, value: String(last) } });
      reader.acknowledge(last);
    }
    return changes.length > 0;
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        const { promise: woken, resolve: wake } = Promise.withResolvers<void>();
        const unsubscribe = feed.onCommit(wake);
        const onAbort = () => wake();
        signal.addEventListener('abort', onAbort);
        try {
          // The event loop has its turn between batches.
          if (relay()) setImmediate(wake);
          await woken;
        } finally {
          signal.removeEventListener('abort', onAbort);
          unsubscribe();
        }
      }
    },
  };
}

/** Messages that can be published together, and up to where they carry the changes. */
function* batchesOf(
  changes: readonly EncodedChange[],
  interests: readonly Interest[],
): Generator<{ messages: OutgoingMessage[]; last: bigint }> {
  let messages: OutgoingMessage[] = [];
  let bytes = 0;
  for (const [index, change] of changes.entries()) {
    const message = toMessage(change, interests);
    if (message) messages.push(message);
    bytes += message?.data.length ?? 0;
    if (bytes < MAX_BATCH_BYTES && index < changes.length - 1) continue;
    yield { messages, last: change.cursor };
    messages = [];
    bytes = 0;
  }
}

function patternOf(name: string, { __endpoint: { eventTrigger } }: CloudFunction): string {
  const pattern =
    stringOption(eventTrigger?.eventFilterPathPatterns?.document) ??
    stringOption(eventTrigger?.eventFilters.document);
  if (!pattern) throw new Error(`Function ${name} listens to Firestore without naming a document.`);
  return pattern;
}

/** What the message says about the change before its documents, as JSON in a line of its own. */
interface Header {
  id: string;
  path: string;
  time: string;
}

function toMessage(change: EncodedChange, interests: readonly Interest[]): OutgoingMessage | undefined {
  const { cursor, time, path, before, after } = change;
  const kind = !before ? 'created' : after ? 'updated' : 'deleted';
  const concerned = interests.filter(
    (interest) => (interest.kind === kind || interest.kind === 'written') && interest.path?.test(path),
  );
  if (concerned.length === 0) return undefined;
  const seconds = new Date(time.seconds * 1_000).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  const micros = String(Math.floor(time.nanos / 1_000)).padStart(6, '0');
  const header: Header = { id: String(cursor), path, time: `${seconds}.${micros}Z` };
  const data = [
    Buffer.from(`${JSON.stringify(header)}\n`),
    ...field(VALUE, after),
    ...field(OLD_VALUE, before),
  ];
  return {
    data: Buffer.concat(data),
    attributes: Object.fromEntries(concerned.map(({ name }) => [attributeOf(name), ''])),
    orderingKey: createHash('sha256').update(path).digest('base64url'),
  };
}

/** Fields of google.events.cloud.firestore.v1.DocumentEventData, as protobuf tags. */
const VALUE = 0x0a;
const OLD_VALUE = 0x12;

function field(tag: number, message: Uint8Array | undefined): Uint8Array[] {
  if (!message) return [];
  const prefix = [tag];
  let length = message.length;
  for (; length > 0x7f; length = Math.floor(length / 128)) prefix.push((length & 0x7f) | 0x80);
  return [Buffer.from([...prefix, length]), message];
}

/** The CloudEvent that Eventarc sends: https://github.com/googleapis/google-cloudevents (cloud.firestore.v1). */
function toCloudEvent({ message }: ReceivedMessage, type: string, projectId: string): object {
  const data = Buffer.from(message.data.buffer, message.data.byteOffset, message.data.byteLength);
  const end = data.indexOf('\n');
  const { id, path, time }: Header = JSON.parse(data.subarray(0, end).toString());
  return {
    specversion: '1.0',
    id,
    source: `//firestore.googleapis.com/projects/${projectId}/databases/${DEFAULT_DATABASE}`,
    subject: `documents/${path}`,
    type,
    time,
    datacontenttype: 'application/protobuf',
    project: projectId,
    database: DEFAULT_DATABASE,
    namespace: DEFAULT_DATABASE,
    document: path,
    // The engine does not record who wrote.
    ...(type.endsWith('.withAuthContext') && { authtype: 'unknown' }),
    data: data.subarray(end + 1),
  };
}
