import type { Method, Type } from 'protobufjs';
import { StorageError } from '../errors.ts';
import { loadProtocol } from './protocol.ts';

const READ = { longs: String, enums: String, bytes: Buffer } as const;

/** Messages of a gRPC stream begin with a flag (compressed or not) and four bytes of length. */
export const PREFIX = 5;

/** How the requests of one call are read and its responses are written. */
export interface Codec {
  /** Reads a message into plain objects, in the shapes of wire.ts; throws when it is malformed. */
  read(message: Buffer): object;
  /** Writes a response, with its prefix. */
  write(response: object): Buffer;
}

function typeOf(type: Type | null, { name }: Method): Type {
  if (type) return type;
  throw new StorageError(`The installed @google-cloud/firestore does not describe ${name}.`);
}

/**
 * The codecs of the calls, by path.
 * @param named calls whose responses name the values of enums; others have to be plain already, which is faster.
 */
export function loadCodecs(named: ReadonlySet<string>): Map<string, Codec> {
  const codecs = new Map<string, Codec>();
  const service = loadProtocol();
  const path = service.fullName.replace(/^\./, '/');
  for (const method of service.methodsArray) {
    const request = typeOf(method.resolvedRequestType, method);
    const response = typeOf(method.resolvedResponseType, method);
    codecs.set(`${path}/${method.name}`, {
      read: (message) => request.toObject(request.decode(message), READ),
      write(value) {
        const message = response.encode(named.has(method.name) ? response.fromObject(value) : value).finish();
        const framed = Buffer.allocUnsafe(PREFIX + message.length);
        framed[0] = 0;
        framed.writeUInt32BE(message.length, 1);
        framed.set(message, PREFIX);
        return framed;
      },
    });
  }
  return codecs;
}
