import type { Readable } from 'node:stream';

/** Blobs by key (`tenants/ten_1/imports/imp_1`). */
export interface Files {
  /** Stores the stream whole or not at all; resolves with its size in bytes after it is durable. */
  write(
    key: string,
    content: Readable,
    options?: { maxBytes?: number; contentType?: string },
  ): Promise<{ bytes: number }>;
  /** Throws `not_found` when there is none. `start` is a byte offset. */
  read(key: string, options?: { start?: number }): Promise<Readable>;
  /** The blob as a file of this machine, to be read until it is released. Throws `not_found` when there is none. */
  local(key: string): Promise<{ readonly path: string; release(): Promise<void> }>;
  exists(key: string): Promise<boolean>;
  delete(key: string): Promise<void>;
  check(): Promise<void>;
}
