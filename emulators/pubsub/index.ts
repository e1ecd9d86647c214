export { openPubSubEngine } from './engine.ts';
export { PUBSUB_STATUS, PubSubError, type PubSubStatus } from './errors.ts';
export type { PubSubServer, PubSubServerOptions } from './server.ts';
export type * from './types.ts';

import type { PubSubServer, PubSubServerOptions } from './server.ts';
import type { PubSubEngine } from './types.ts';

/** Serves an engine to Google's Pub/Sub clients over gRPC; see `server.ts`. Loads the gRPC library when it is called. */
export async function servePubSub(
  engine: PubSubEngine,
  options?: PubSubServerOptions,
): Promise<PubSubServer> {
  const server = await import('./server.ts');
  return server.servePubSub(engine, options);
}
