import { createHash } from 'node:crypto';
import { hopRequestId, MAX_HOPS } from '../../kernel/changes/hops.ts';
import type { App } from '../../kernel/context.ts';
import { Problem } from '../../kernel/errors.ts';
import { timestamp } from '../../kernel/ports/clock.ts';
import { createScope, systemCaller } from '../../kernel/scope.ts';
import { deliveries } from './deliveries.collection.ts';
import type { HookEndpoint } from './endpoints.collection.ts';
import {
  announced,
  contentOf,
  hashOf,
  hopsIn,
  isWanted,
  presetOf,
  type Received,
  toStored,
} from './received.ts';
import { openSecrets } from './secrets.ts';
import { verify } from './signatures.ts';

/** How many refused deliveries of an endpoint are kept an hour, and how much of each: enough to see what is wrong. */
const KEPT_REJECTED = { points: 20, seconds: 3_600 };
const KEPT_BYTES = 64 * 1024;

/** An endpoint and where it is. */
export interface Place {
  readonly app: App;
  readonly tenantId: string;
  readonly endpoint: HookEndpoint;
}

export interface Accepted {
  /** Of the stored delivery; of the first one, for a duplicate. */
  readonly id: string;
  readonly duplicate: boolean;
}

const deliveriesOf = ({ app, tenantId, endpoint }: Place, received: Received) => {
  const caller = systemCaller(`webhook ${endpoint.id}`);
  const requestId = hopRequestId(hopsIn(received.headers), endpoint.id);
  return createScope({ app, tenantId, caller, requestId }).repo(deliveries);
};

/** Throws a Problem unless the endpoint's sender sent this, or did at `at` (milliseconds since 1970). */
export async function checkSender({ app, endpoint }: Place, received: Received, at: number): Promise<void> {
  if (hopsIn(received.headers) > MAX_HOPS)
    throw new Problem(
      'conflict',
      `This has gone out by a webhook and come back in more than ${MAX_HOPS} times: somewhere a webhook's mapping triggers a webhook that delivers to it. Narrow the events of one of them.`,
    );
  const secrets = await openSecrets(app.ports.secrets, endpoint, timestamp(app.ports.clock));
  const texts = secrets.map(({ secret }) => secret);
  const { headers, body } = received;
  verify(endpoint.signature, texts, { header: (name) => headers[name], body }, at, endpoint.toleranceSeconds);
}

/** Stores what was verified, once. Throws a 400 Problem when its body is not what it says. */
export async function storeDelivery(place: Place, received: Received): Promise<Accepted> {
  const { app, endpoint } = place;
  const contentType = received.headers['content-type'] ?? '';
  const sent = announced(endpoint, received.headers, contentOf(contentType, received.body));
  const bodyHash = hashOf(received.body);
  const name = nameOf(endpoint, sent.id, bodyHash);
  const id = name === undefined ? app.ids.next('dlv') : `dlv_${shortHash(`${endpoint.id} ${name}`)}`;
  const wanted = isWanted(endpoint, sent.type);
  const repo = deliveriesOf(place, received);
  try {
    await repo.create(
      {
        ...fieldsOf(endpoint, received, sent),
        state: wanted ? 'received' : 'ignored',
        ...(wanted ? {} : { error: 'This endpoint does not apply events of this type.' }),
        ...toStored(received),
      },
      { id },
    );
    return { id, duplicate: false };
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'already_exists') throw error;
    const known = await repo.require(id);
    if (known.bodyHash !== bodyHash)
      await keepRejected(
        place,
        received,
        `Another body came under this id before; ${id}, the first, is the one that counts.`,
      );
    return { id, duplicate: true };
  }
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** What makes a delivery the same as another; undefined when nothing does. */
function nameOf(endpoint: HookEndpoint, id: string | undefined, bodyHash: string): string | undefined {
  const dedupe = endpoint.dedupe ?? presetOf(endpoint).dedupe;
  if (dedupe === 'none') return undefined;
  if (dedupe === 'body' || id === undefined) return `body ${bodyHash}`;
  return dedupe === 'id' ? `id ${id}` : `id ${id} ${bodyHash}`;
}

const fieldsOf = (endpoint: HookEndpoint, received: Received, sent: ReturnType<typeof announced>) => ({
  endpointId: endpoint.id,
  deliveryId: sent.id ?? hashOf(received.body),
  ...(sent.type === undefined ? {} : { eventType: sent.type }),
  ...(received.headers['content-type'] === undefined
    ? {}
    : { contentType: received.headers['content-type'].slice(0, 200) }),
  address: received.address,
  bytes: received.body.length,
  bodyHash: hashOf(received.body),
  attempts: 0,
});

/** Keeps a refused delivery, so that the owner sees why; not all of them, or anybody could fill the store. */
export async function keepRejected(place: Place, received: Received, reason: string): Promise<void> {
  const { app, endpoint } = place;
  // What goes round in circles must leave no trace that goes round too.
  if (hopsIn(received.headers) > MAX_HOPS + 1) return;
  try {
    await app.limiter.take('hooks.rejected', endpoint.id, KEPT_REJECTED);
    const whole = received.body.length <= KEPT_BYTES;
    const kept = whole ? received : { ...received, body: Buffer.alloc(0) };
    await deliveriesOf(place, received).create({
      ...fieldsOf(
        endpoint,
        received,
        safely(() => announcedIn(endpoint, received)),
      ),
      state: 'rejected',
      error: reason.slice(0, 2_000),
      ...toStored(kept),
    });
  } catch (error) {
    // The sender is told anyway; that it cannot be shown as well is no reason to say something else.
    if (!(error instanceof Problem && error.code === 'rate_limited'))
      app.ports.log.warn(
        { endpoint: endpoint.id, error: String(error) },
        'a refused delivery could not be kept',
      );
  }
}

const announcedIn = (endpoint: HookEndpoint, { headers, body }: Received) =>
  announced(endpoint, headers, contentOf(headers['content-type'] ?? '', body));

function safely(read: () => ReturnType<typeof announced>): ReturnType<typeof announced> {
  try {
    return read();
  } catch {
    return {};
  }
}
