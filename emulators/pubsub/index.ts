export { openPubSubEngine } from './engine.ts';
export { PUBSUB_STATUS, PubSubError, type PubSubStatus } from './errors.ts';
export type * from './types.ts';
