import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Caller } from '../../../kernel/access.ts';
import type { App, Ports, Scope } from '../../../kernel/context.ts';
import type { FieldError } from '../../../kernel/errors.ts';
import type { FileChoice, FileFormat } from '../../../kernel/ports/datasets.ts';

/** Where a source stands between two runs. Editors see it, so nothing secret goes in. */
export type Cursor = Readonly<Record<string, string | number | boolean>>;

/** From where on rows are wanted, when a source is read incrementally. */
export interface Since {
  /** What the source calls the field. */
  readonly field: string;
  readonly kind: 'time' | 'number' | 'text';
  /** The greatest value loaded so far, less the lag: RFC 3339 in UTC with six decimals, digits, or a text. Absent in the first run. */
  readonly value?: string;
  /** Whether rows with this very value are wanted again: so when a key tells a row that comes twice. */
  readonly inclusive: boolean;
}

/** What a kind of source gets to work with. */
export interface Fetching {
  readonly app: App;
  readonly ports: Ports;
  /** The tenant's records, without anybody's limits. */
  readonly scope: Scope;
  /** Undefined while a source is only being looked at and was not saved yet. */
  readonly sourceId: string | undefined;
  /** What was entered for the names in `secrets` of the kind. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Absent when the source is read as a whole. */
  readonly since?: Since;
  /** Only the beginning is wanted: some thousand rows are enough, and nothing may change anywhere. */
  readonly preview: boolean;
  /** Bytes that may be fetched, compressed or not. */
  readonly maxBytes: number;
}

export type SourceRecord = Readonly<Record<string, unknown>>;

export interface FetchedFile {
  readonly content: Readable;
  /** Undefined where its first bytes have to tell. */
  readonly format: FileFormat | undefined;
  /** Which table of an archive or a workbook. */
  readonly choice?: FileChoice;
  next(): Cursor;
}

/** What came of a call, file or records, with where the source stands once all of it is loaded. */
export type Fetched =
  /** Nothing is new since `cursor`. */
  | { readonly unchanged: true }
  /** A file as it comes. A stream that fails ends the run, and nothing of it is loaded. */
  | FetchedFile
  /** Records as they come. Objects within them become columns `a.b`. */
  | { readonly records: AsyncIterable<readonly SourceRecord[]>; next(): Cursor };

/** One kind of source: a file in this folder, and its line in `kinds.ts`. */
export interface SourceKind<Config extends z.ZodObject = z.ZodObject> {
  /** Strict, with a literal `kind`. No secrets in it: callers read it back. */
  readonly config: Config;
  /** Names of the secrets that may be entered beside it: `['password']`. */
  readonly secrets: readonly string[];
  /** Where the secrets are sent. When it changes they have to be entered again, so that nobody has them sent to himself. */
  audience(config: z.output<Config>): string;
  /** Who may point a source at such a place, beside those who may make one at all. */
  mayUse?(caller: Caller): boolean;
  /** What cannot work, as far as it shows without a call; paths are within `config`. */
  check?(config: z.output<Config>, app: App): readonly FieldError[];
  /**
   * Calls the source. `next()` is asked after everything was read. Throws `SourceRefused` for what somebody has to
   * correct, `SourceFailed` for what may pass; other errors are defects of ours, and are not shown.
   * @param cursor what `next()` gave in the last run that was loaded; empty before
   */
  fetch(fetching: Fetching, config: z.output<Config>, cursor: Cursor, signal: AbortSignal): Promise<Fetched>;
}

export const defineSourceKind = <Config extends z.ZodObject>(kind: SourceKind<Config>): SourceKind<Config> =>
  kind;

/** What somebody has to correct before it can work: the message says what. */
export class SourceRefused extends Error {
  override readonly name = 'SourceRefused';
}

/** What may pass: the run is attempted again, not before `seconds` have passed. The message is shown. */
export class SourceFailed extends Error {
  override readonly name = 'SourceFailed';
  readonly seconds: number;
  constructor(message: string, seconds = 0, options?: ErrorOptions) {
    super(message, options);
    this.seconds = seconds;
  }
}
