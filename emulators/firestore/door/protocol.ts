import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import protobuf, { type INamespace } from 'protobufjs';

/** The description of the Firestore API in the client library. */
export function readDescription(): INamespace {
  const require = createRequire(import.meta.url);
  const root = dirname(require.resolve('@google-cloud/firestore/package.json'));
  return JSON.parse(readFileSync(join(root, 'build', 'protos', 'v1.json'), 'utf8'));
}

/** The calls of `google.firestore.v1.Firestore` and their messages. */
export function loadProtocol(): protobuf.Service {
  const service = protobuf.Root.fromJSON(readDescription()).lookupService('google.firestore.v1.Firestore');
  service.resolveAll();
  return service;
}
