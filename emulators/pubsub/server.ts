import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { PubSubError } from './errors.ts';
import { schemaMethods } from './grpc-schemas.ts';
import { subscriberMethods } from './grpc-subscriptions.ts';
import { publisherMethods } from './grpc-topics.ts';
import { loadServices, Names } from './grpc-wire.ts';
import { startPushing } from './push.ts';
import { createPushTokens } from './push-tokens.ts';
import { Schemas } from './schemas.ts';
import { SharedSync } from './shared-sync.ts';
import type { PubSubEngine } from './types.ts';

export interface PubSubServerOptions {
  /** Port to listen on; 0 (default) takes a free one. */
  port?: number;
  /** Address to listen on; default 127.0.0.1. There is no authentication: keep it local. */
  host?: string;
  /** The project whose resources have short names in the engine; default `mewayz`. */
  projectId?: string;
}

export interface PubSubServer {
  /** What `PUBSUB_EMULATOR_HOST` is set to: host and port. */
  address: string;
  port: number;
  /** Where the keys are with which the tokens of push subscriptions are signed, as a JSON Web Key Set. */
  certificates: string;
  /** Ends all streams and frees the port; the engine stays open. */
  close(): Promise<void>;
}

/** A request of 10 MB and its envelope. */
const MAX_MESSAGE = 16 * 1024 * 1024;

/** Serves an engine to Google's Pub/Sub clients over gRPC without TLS, and pushes where subscriptions say so. */
export async function servePubSub(
  engine: PubSubEngine,
  options: PubSubServerOptions = {},
): Promise<PubSubServer> {
  const { host = '127.0.0.1', projectId = 'mewayz' } = options;
  const names = new Names(projectId);
  const schemas = new Schemas(engine);
  const sync = new SharedSync(engine);
  const closing = new AbortController();
  const { Publisher, Subscriber, SchemaService } = loadServices();
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE,
    'grpc.max_send_message_length': -1,
  });
  const add = (service: typeof Publisher, methods: object) =>
    server.addService(service.service, methods as UntypedServiceImplementation);
  add(Publisher, publisherMethods(engine, names, schemas, sync));
  add(Subscriber, subscriberMethods(engine, names, sync, closing.signal));
  add(SchemaService, schemaMethods(schemas, names));
  const port = await listen(server, host, options.port ?? 0);
  const tokens = createPushTokens();
  const certificates = await tokens.publish(host);
  const pushing = startPushing(engine, names, tokens, closing.signal);

  return {
    address: `${host}:${port}`,
    port,
    certificates,
    async close() {
      closing.abort();
      await pushing;
      tokens.close();
      server.forceShutdown();
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (!error) resolve(bound);
      else
        reject(new PubSubError('UNAVAILABLE', `Port ${port} on ${host} cannot be used.`, { cause: error }));
    });
  });
}
