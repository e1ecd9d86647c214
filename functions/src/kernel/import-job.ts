import type { Readable } from 'node:stream';
import type { TenantContext } from './context.ts';
import type { Collection } from './define.ts';

/** What an upload says of itself. */
export interface ImportRequest {
  readonly query: Readonly<Record<string, unknown>>;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly fileName: string | undefined;
  readonly body: Readable;
}

/** Stores the upload and queues its job; the answer of `POST …/import`. */
export async function startImport(_ctx: TenantContext, _collection: Collection, _request: ImportRequest): Promise<{ id: string } & Record<string, unknown>> {
  throw new TypeError('imports are not wired');
}
