import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Change, toChange } from '../changes/change.ts';
import type { App } from '../context.ts';
import { Reply } from '../define.ts';
import { Problem } from '../errors.ts';
import { CommitConflict, type DocumentWrite } from '../ports/documents.ts';
import { seal, unseal } from '../seal.ts';

/** How long an answer is kept. */
const KEEP_MS = 24 * 3_600_000;
/** After this, a request that never finished is taken for dead and its key may be used again. */
const LEASE_MS = 60_000;
/** Bytes; sealed and as text it fits a document of 1 MiB. */
const MAX_STORED = 700_000;

/** Writes that belong into the first commit a request makes. */
export interface JoinedWrites {
  /** @param commit the writes they join */
  writes(commit: readonly DocumentWrite[]): readonly DocumentWrite[];
  /** They are durable now. */
  committed(): void;
}

const NOTHING: JoinedWrites = { writes: () => [], committed: () => {} };

/** One use of an `Idempotency-Key`. */
export interface IdempotentRun {
  /** The first answer, when there is one. */
  readonly replay: Reply | undefined;
  /** The first change the request made, when it took effect but a crash lost its answer. */
  readonly lost: Change | undefined;
  /** Joins the first commit, so that "it happened" is written together with what happened. */
  readonly joined: JoinedWrites;
  finish(reply: Reply): Promise<void>;
  /** The request was refused: the key is free again. */
  release(): Promise<void>;
}

interface Request {
  readonly tenantId: string;
  readonly callerId: string;
  readonly operation: string;
  readonly key: string;
  readonly body: Buffer | string;
}

/** Throws `idempotency_mismatch`, `in_progress` or `conflict`. */
export async function beginIdempotent(app: App, request: Request): Promise<IdempotentRun> {
  if (request.key.length > 255)
    throw new Problem('malformed', 'An idempotency key has at most 255 characters.');
  const digest = (...parts: (string | Buffer)[]): string =>
    parts.reduce((hash, part) => hash.update(part).update('\0'), createHash('sha256')).digest('hex');
  const path = `tenants/${request.tenantId}/idempotency/${digest(request.callerId, request.operation, request.key)}`;
  const bodyHash = digest(request.body);
  const { documents, clock, secrets } = app.ports;
  const started = clock.now();
  const pending = { bodyHash, state: 'pending', started, expiresAt: new Date(started + KEEP_MS) };
  try {
    await documents.commit([{ kind: 'set', path, data: pending, when: { exists: false } }]);
  } catch (error) {
    if (!(error instanceof CommitConflict)) throw error;
    const known = await documents.get(path);
    if (!known) throw new Problem('in_progress', 'Try again.', { retryAfter: 1 });
    const fresh = started - Number(known.data.started) < KEEP_MS;
    if (fresh && known.data.bodyHash !== bodyHash)
      throw new Problem('idempotency_mismatch', 'This key was used with another body. Use a new key.');
    if (fresh && known.data.state === 'done')
      return {
        replay: await stored(app, path, known.data),
        lost: undefined,
        joined: NOTHING,
        finish: async () => {},
        release: async () => {},
      };
    const change = fresh && (await changeOf(app, request.tenantId, known.data));
    if (change)
      return {
        replay: undefined,
        lost: change,
        joined: NOTHING,
        finish: async () => {},
        release: async () => {},
      };
    if (started - Number(known.data.started) < LEASE_MS)
      throw new Problem('in_progress', 'The first request with this key is still being worked on.', {
        retryAfter: 1,
      });
    if (fresh && known.data.state === 'committed')
      throw new Problem(
        'conflict',
        'The first request took effect, but its answer was lost. Read the records to see its result.',
      );
    await documents.commit([{ kind: 'set', path, data: pending, when: { revision: known.revision } }]);
  }
  let marked = false;
  return {
    replay: undefined,
    lost: undefined,
    joined: {
      writes: (commit) =>
        marked ? [] : [{ kind: 'set', path, data: { ...pending, state: 'committed', ...changeIn(commit) } }],
      committed: () => {
        marked = true;
      },
    },
    finish: async (reply) => {
      const isBytes = Buffer.isBuffer(reply.body) || reply.body instanceof Readable;
      const body = reply.body === undefined || isBytes ? '' : JSON.stringify(reply.body);
      // Sealed, since an answer may hold what is shown only once, such as a new API key.
      const answer =
        !isBytes && Buffer.byteLength(body) <= MAX_STORED
          ? { status: reply.status, headers: reply.headers, body: await seal(secrets, path, body) }
          : {};
      await documents.commit([{ kind: 'set', path, data: { ...pending, state: 'done', ...answer } }]);
    },
    release: async () => {
      if (!marked) await documents.commit([{ kind: 'delete', path }]);
    },
  };
}

/** The change a commit writes, when it writes exactly one. */
function changeIn(commit: readonly DocumentWrite[]): { change?: string } {
  const [change, ...more] = commit.flatMap(
    ({ path }) => /^tenants\/[^/]+\/changes\/([^/]+)$/.exec(path)?.[1] ?? [],
  );
  return change && more.length === 0 ? { change } : {};
}

async function changeOf(
  app: App,
  tenantId: string,
  data: Readonly<Record<string, unknown>>,
): Promise<Change | undefined> {
  if (data.state !== 'committed' || typeof data.change !== 'string') return undefined;
  const document = await app.ports.documents.get(`tenants/${tenantId}/changes/${data.change}`);
  return document && toChange(tenantId, document.id, document.data);
}

async function stored(app: App, path: string, data: Readonly<Record<string, unknown>>): Promise<Reply> {
  if (typeof data.status !== 'number')
    throw new Problem(
      'conflict',
      'The first request succeeded; its answer, a file or very large, was not kept.',
    );
  const body = await unseal(app.ports.secrets, path, String(data.body));
  return new Reply(data.status, body === '' ? undefined : JSON.parse(body), {
    ...(data.headers as Record<string, string>),
    'idempotent-replayed': 'true',
  });
}
