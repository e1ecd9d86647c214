import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  type GroupConfig,
  type IndexDefinition,
  type IndexField,
  readIndexConfig,
} from '../indexes/index-config.ts';
import { type Composite, describeFields, Indexer, storedFields } from '../indexes/indexer.ts';
import { ByteWriter } from '../values/byte-writer.ts';
import { FieldPathParser } from '../values/field-path.ts';
import { afterPrefix, writePath } from '../values/key-codec.ts';
import { parseName } from '../values/names.ts';

/** A collection that holds, or held, documents. */
export interface Collection {
  readonly id: number;
  readonly databaseId: number;
  /** `projects/p/databases/d/documents/a/b/c` */
  readonly name: string;
  /** Its last segment: the collection group. */
  readonly group: string;
  /** Key of the path below `documents`. */
  readonly path: Buffer;
  readonly indexer: Indexer;
}

/** A declared index with its stored form. */
export interface DeclaredIndex {
  definition: IndexDefinition;
  composite: Composite;
}

interface CollectionRow {
  id: number;
  database: number;
  name: string;
  collection_group: string;
  path: Uint8Array;
}

const CACHED_COLLECTIONS = 50_000;
const keys = new ByteWriter(1024);

export function pathKey(segments: readonly string[]): Buffer {
  keys.reset();
  writePath(keys, segments);
  return keys.copy(0);
}

/** The first path beyond all that are below one; the root is below nothing. */
export function pathEnd(prefix: Buffer): Buffer {
  return prefix.length === 0 ? Buffer.alloc(16, 0xff) : afterPrefix(prefix);
}

/** Databases, collections and index definitions: small, read often, cached. */
export class Catalog {
  /** Shared by all indexers; `Store` resets it once a commit. */
  readonly entryWriter = new ByteWriter(256 * 1024);
  readonly parser = new FieldPathParser();
  readonly declared = new Map<string, DeclaredIndex[]>();
  private readonly config: Map<string, GroupConfig>;
  private readonly indexers = new Map<string, Indexer>();
  private readonly databases = new Map<string, number>();
  private readonly collections = new Map<string, Collection>();
  private readonly db: DatabaseSync;
  private readonly plainIndexer: Indexer;
  private readonly selectDatabase: StatementSync;
  private readonly insertDatabase: StatementSync;
  private readonly selectCollection: StatementSync;
  private readonly selectCollectionById: StatementSync;
  private readonly insertCollection: StatementSync;
  private readonly selectGroup: StatementSync;
  private readonly selectRange: StatementSync;
  private readonly selectNext: StatementSync;
  private readonly byId = new Map<number, Collection>();

  constructor(db: DatabaseSync, indexes: unknown) {
    this.db = db;
    this.config = readIndexConfig(indexes, this.parser);
    this.plainIndexer = new Indexer(undefined, [], this.entryWriter);
    this.selectDatabase = db.prepare('SELECT id FROM databases WHERE name = ?');
    this.insertDatabase = db.prepare('INSERT INTO databases(name) VALUES (?)');
    this.selectCollection = db.prepare('SELECT * FROM collections WHERE name = ?');
    this.selectCollectionById = db.prepare('SELECT * FROM collections WHERE id = ?');
    this.insertCollection = db.prepare(
      'INSERT INTO collections(database, path, name, collection_group) VALUES (?, ?, ?, ?)',
    );
    this.selectGroup = db.prepare(
      'SELECT * FROM collections WHERE database = ? AND collection_group = ? AND path >= ? AND path < ? ORDER BY path',
    );
    this.selectNext = db.prepare(
      'SELECT * FROM collections WHERE database = ? AND path >= ? AND path < ? ORDER BY path LIMIT 1',
    );
    this.selectRange = db.prepare(
      'SELECT * FROM collections WHERE database = ? AND path >= ? AND path < ? ORDER BY path',
    );
    for (const [group, config] of this.config) {
      const indexer = this.makeIndexer(config, (composite, definition) => {
        const list = this.declared.get(group) ?? [];
        list.push({ composite, definition });
        this.declared.set(group, list);
      });
      this.indexers.set(group, indexer);
    }
  }

  /** The configuration, as stored to notice that it changed between two runs. */
  configText(group: string): string | undefined {
    const config = this.config.get(group);
    if (!config) return undefined;
    return JSON.stringify({
      definitions: config.definitions.map(({ scope, fields }) => ({ scope, fields: fields.map(plainField) })),
      fields: [...config.fields],
    });
  }

  /** The declared indexes that end in a vector. */
  vectorIndexes(group: string): IndexDefinition[] {
    const definitions = this.config.get(group)?.definitions ?? [];
    return definitions.filter(({ fields }) => fields.at(-1)?.kind === 'vector');
  }

  configuredGroups(): string[] {
    return [...this.config.keys()];
  }

  /** The indexer of an earlier configuration, from its stored text. */
  indexerOf(configText: string | undefined): Indexer {
    if (configText === undefined) return this.plainIndexer;
    const stored = JSON.parse(configText) as {
      definitions: { scope: IndexDefinition['scope']; fields: ReturnType<typeof plainField>[] }[];
      fields: [string, GroupConfig['fields'] extends Map<string, infer V> ? V : never][];
    };
    const definitions = stored.definitions.map(({ scope, fields }) => ({
      scope,
      fields: fields.map((field) => ({ ...field, path: this.parser.parse(field.path) })),
    }));
    return this.makeIndexer({ definitions, fields: new Map(stored.fields) }, () => {});
  }

  private makeIndexer(
    config: GroupConfig,
    declare: (composite: Composite, definition: IndexDefinition) => void,
  ): Indexer {
    const composites = new Map<number, Composite>();
    for (const definition of config.definitions) {
      if (definition.fields.some(({ kind }) => kind === 'vector')) continue;
      const fields = storedFields(definition.fields);
      const id = this.compositeId(`${definition.scope}|${describeFields(fields)}`);
      const composite = composites.get(id) ?? { id, scope: definition.scope, fields };
      composites.set(id, composite);
      declare(composite, definition);
    }
    return new Indexer(config, [...composites.values()], this.entryWriter);
  }

  private compositeId(definition: string): number {
    this.db.prepare('INSERT OR IGNORE INTO composites(definition) VALUES (?)').run(definition);
    return Number(this.db.prepare('SELECT id FROM composites WHERE definition = ?').get(definition)?.id);
  }

  indexer(group: string): Indexer {
    return this.indexers.get(group) ?? this.plainIndexer;
  }

  databaseId(name: string): number | undefined {
    const known = this.databases.get(name);
    if (known !== undefined) return known;
    const row = this.selectDatabase.get(name);
    if (!row) return undefined;
    this.databases.set(name, Number(row.id));
    return Number(row.id);
  }

  /** The collection of this name, or undefined when nothing was ever written to it. */
  collection(name: string): Collection | undefined {
    const known = this.collections.get(name);
    if (known) return known;
    const row = this.selectCollection.get(name) as CollectionRow | undefined;
    return row && this.keep(row);
  }

  collectionById(id: number): Collection | undefined {
    const known = this.byId.get(id);
    if (known) return known;
    const row = this.selectCollectionById.get(id) as CollectionRow | undefined;
    return row && this.keep(row);
  }

  /** The collection of this name, registered when new; only within a write transaction. */
  ensureCollection(name: string): Collection {
    const known = this.collection(name);
    if (known) return known;
    const { database, segments } = parseName(name);
    if (this.databaseId(database) === undefined) this.insertDatabase.run(database);
    const databaseId = this.databaseId(database) ?? 0;
    const path = pathKey(segments);
    const group = segments.at(-1) ?? '';
    const { lastInsertRowid } = this.insertCollection.run(databaseId, path, name, group);
    return this.keep({
      id: Number(lastInsertRowid),
      database: databaseId,
      name,
      collection_group: group,
      path,
    });
  }

  /** Collections below a path in path order: those of one group, or all. */
  collectionsBelow(database: string, prefix: Buffer, group: string | undefined): Collection[] {
    const id = this.databaseId(database);
    if (id === undefined) return [];
    const end = pathEnd(prefix);
    const rows = (group === undefined
      ? this.selectRange.all(id, prefix, end)
      : this.selectGroup.all(id, group, prefix, end)) as unknown as CollectionRow[];
    return rows.map((row) => this.byId.get(row.id) ?? this.keep(row));
  }

  /** The first collection at or after one path and before another. */
  nextCollection(database: string, from: Buffer, before: Buffer): Collection | undefined {
    const id = this.databaseId(database);
    if (id === undefined) return undefined;
    const row = this.selectNext.get(id, from, before) as CollectionRow | undefined;
    return row && (this.byId.get(row.id) ?? this.keep(row));
  }

  /** Forgets what a rolled-back transaction may have registered. */
  forget(): void {
    this.collections.clear();
    this.byId.clear();
    this.databases.clear();
  }

  private keep(row: CollectionRow): Collection {
    if (this.collections.size >= CACHED_COLLECTIONS) {
      this.collections.clear();
      this.byId.clear();
    }
    const collection: Collection = {
      id: row.id,
      databaseId: row.database,
      name: row.name,
      group: row.collection_group,
      path: Buffer.from(row.path),
      indexer: this.indexer(row.collection_group),
    };
    this.collections.set(row.name, collection);
    this.byId.set(row.id, collection);
    return collection;
  }
}

function plainField({ path, kind, descending }: IndexField) {
  return { path: path.text, kind, descending };
}
