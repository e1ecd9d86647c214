import type { Change } from '../../kernel/changes/change.ts';
import { tenantKey } from '../../kernel/warehouse/sql-words.ts';
import type { RecordState } from '../../kernel/warehouse/warehouse-rows.ts';
import { type Database, quoteText } from './database.ts';
import { locate } from './locator.ts';
import { fittingCopy, inUtc, jsonText, type Shape } from './shape.ts';

/** Rows of one DuckDB vector. */
const VECTOR_ROWS = 2048;

/** A change, a version of a record, or (mostly) both. */
export interface StagedVersion {
  readonly change: Change;
  /** The record as of this version; absent while it cannot be told. */
  readonly state?: RecordState | undefined;
  /** Whether the change goes into the log. */
  readonly fresh: boolean;
  /** Whether the version goes into the history. */
  readonly historic: boolean;
  /** Whether this is how the record stands now. */
  readonly stands: boolean;
  /** DuckDB's number of the row that it replaces; good until the transaction ends. */
  readonly oldRow?: number | undefined;
}

/** The changes of the batch that is being applied; `n` is their place in it. */
const ARRIVED = `n BIGINT, locator BIGINT, change_locator BIGINT, tenant_id VARCHAR, id VARCHAR, collection VARCHAR,
  record_id VARCHAR, version BIGINT, operation VARCHAR, event VARCHAR, actor_kind VARCHAR, actor_id VARCHAR,
  actor_reason VARCHAR, request_id VARCHAR, patch VARCHAR, "at" TIMESTAMP`;

/** What they make of their records. `fitting` is there to read columns from when `record` cannot be read as it is. */
const STAGED = `${ARRIVED}, record VARCHAR, fitting VARCHAR, deleted BOOLEAN, fresh BOOLEAN, historic BOOLEAN,
  stands BOOLEAN, old_row BIGINT`;

const CHANGE = {
  n: 'BIGINT',
  locator: 'BIGINT',
  changeLocator: 'BIGINT',
  at: 'VARCHAR',
  change: {
    tenantId: 'VARCHAR',
    id: 'VARCHAR',
    collection: 'VARCHAR',
    recordId: 'VARCHAR',
    version: 'BIGINT',
    operation: 'VARCHAR',
    event: 'VARCHAR',
    actor: { kind: 'VARCHAR', id: 'VARCHAR', reason: 'VARCHAR' },
    requestId: 'VARCHAR',
    patch: 'JSON',
  },
};

const VERSION = {
  n: 'BIGINT',
  version: 'BIGINT',
  record: 'JSON',
  fitting: 'JSON',
  deleted: 'BOOLEAN',
  fresh: 'BOOLEAN',
  historic: 'BOOLEAN',
  stands: 'BOOLEAN',
  oldRow: 'BIGINT',
};

/** The JSON texts in `incoming` as rows: far faster than to hand over value by value. */
const incoming = (structure: object): string =>
  `(SELECT json_transform(text, ${quoteText(JSON.stringify(structure))}) AS e FROM incoming)`;

const STAGE_CHANGES = `INSERT INTO arrived
  SELECT e.n, e.locator, e.changeLocator, c.tenantId, c.id, c.collection, c.recordId, c.version, c.operation, c.event,
    c.actor.kind, c.actor.id, c.actor.reason, c.requestId, c.patch, CAST(e."at" AS TIMESTAMP)
  FROM (SELECT e, e.change AS c FROM ${incoming(CHANGE)})`;

const STAGE_VERSIONS = `INSERT INTO staged
  SELECT a.* REPLACE (e.version AS version), COALESCE(e.record, a.patch), e.fitting, e.deleted, e.fresh, e.historic,
    e.stands, e.oldRow
  FROM ${incoming(VERSION)} JOIN arrived AS a ON a.n = e.n`;

/** Moves the changes of `staged` into the log. */
export const LOG_STAGED = `INSERT INTO changes ("$locator", "$tenant", "$run", tenant_id, id, collection, record_id, version,
    operation, event, actor_kind, actor_id, actor_reason, request_id, patch, "at")
  SELECT change_locator, ${tenantKey('tenant_id')}, 0, tenant_id, id, collection, record_id, version,
    operation, event, actor_kind, actor_id, actor_reason, request_id, patch, "at"
  FROM staged WHERE fresh`;

/** Tables of one batch. They are made anew for each: DuckDB would keep the memory of rows that are only deleted. */
const emptied = (name: string, columns: string): string =>
  `CREATE OR REPLACE TEMP TABLE ${name} (${columns})`;

/** The batch as it is being applied: changes first, then what they make of their records. */
export class Stage {
  readonly #database: Database;
  readonly #places = new Map<Change, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  async arrive(changes: readonly Change[]): Promise<void> {
    await this.#database.writer.run(emptied('arrived', ARRIVED));
    await this.#add(changes);
  }

  /** @param shapeOf shape of a collection's records */
  async versions(
    versions: readonly StagedVersion[],
    shapeOf: (collection: string) => Shape | undefined,
  ): Promise<void> {
    const { writer } = this.#database;
    await writer.run(emptied('staged', STAGED));
    const others = new Set(
      versions.map(({ change }) => change).filter((change) => !this.#places.has(change)),
    );
    if (others.size > 0) await this.#add([...others]);
    const entries = versions.map((version) => this.#entry(version, shapeOf(version.change.collection)));
    await this.#receive(entries);
    await writer.run(STAGE_VERSIONS);
  }

  async #add(changes: readonly Change[]): Promise<void> {
    const entries = changes.map((change) => {
      const n = this.#places.size;
      this.#places.set(change, n);
      return {
        n,
        locator: locate(change.recordId),
        changeLocator: locate(change.id),
        at: inUtc(change.at),
        change,
      };
    });
    await this.#receive(entries);
    await this.#database.writer.run(STAGE_CHANGES);
  }

  async #receive(entries: readonly object[]): Promise<void> {
    const { api, writer } = this.#database;
    await writer.run(emptied('incoming', 'text VARCHAR'));
    const appender = await writer.createAppender('incoming');
    try {
      for (let start = 0; start < entries.length; start += VECTOR_ROWS) {
        const texts = entries.slice(start, start + VECTOR_ROWS).map(jsonText);
        const chunk = api.DuckDBDataChunk.create([api.VARCHAR], texts.length);
        chunk.setColumns([texts]);
        appender.appendDataChunk(chunk);
      }
      appender.flushSync();
    } finally {
      appender.closeSync();
    }
  }

  #entry({ change, state, ...flags }: StagedVersion, shape: Shape | undefined): object {
    // A record that is created is its patch.
    const isPatch = change.operation === 'create' && change.patch.version === change.version;
    return {
      n: this.#places.get(change),
      version: change.version,
      ...flags,
      ...(state && {
        deleted: state.deleted,
        ...(!isPatch && { record: state.record }),
        fitting: shape && fittingCopy(state.record, shape),
      }),
    };
  }
}
