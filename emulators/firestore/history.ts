import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Catalog } from './catalog.ts';
import { makeDocument, type StoredDocument } from './document.ts';
import { FirestoreError, invalid } from './errors.ts';
import { decodeFields } from './record-reader.ts';
import { segmentText } from './segments.ts';

interface VersionRow {
  until: number;
  collection: number;
  segment: Uint8Array;
  document: number;
  created: number;
  updated: number;
  fields: Uint8Array;
}

/** How far back reads reach, in microseconds: one hour, as Firestore's point-in-time reads without recovery. */
const RETENTION = 3_600_000_000;

/**
 * Documents as they were before they changed, for an hour: what read-only transactions, reads at a past time and
 * resumed listeners look at. A document as of T is its present one, if that is not younger than T, else the
 * version with `updated <= T < until`.
 */
export class History {
  private readonly catalog: Catalog;
  private readonly record: StatementSync;
  private readonly select: StatementSync;
  private readonly selectOne: StatementSync;
  private readonly oldest: StatementSync;
  private readonly remove: StatementSync;
  private recorded = 0;
  /** When the oldest version expires; nothing has to be looked up before. */
  private pruneAt = 0;

  constructor(db: DatabaseSync, catalog: Catalog) {
    this.catalog = catalog;
    this.record = db.prepare(
      `INSERT INTO versions(until, collection, segment, document, created, updated, fields)
       SELECT ?, collection, segment, id, created, updated, fields FROM documents WHERE id = ?`,
    );
    this.select = db.prepare('SELECT * FROM versions WHERE until > ? AND updated <= ?');
    this.selectOne = db.prepare(
      'SELECT * FROM versions WHERE until > ? AND updated <= ? AND collection = ? AND segment = ? LIMIT 1',
    );
    this.oldest = db.prepare('SELECT until FROM versions ORDER BY until LIMIT 1 OFFSET ?');
    this.remove = db.prepare('DELETE FROM versions WHERE until < ?');
  }

  /** Keeps a document as it is stored, before a commit at `time` changes it. */
  keep(document: StoredDocument, time: number): void {
    this.record.run(time, document.id);
    this.recorded++;
  }

  /** Forgets what is too old, a little more than was recorded, so that no commit pays for many. */
  prune(now: number): void {
    if (now < this.pruneAt) return;
    const limit = 2 * this.recorded + 100;
    this.recorded = 0;
    const cut = now - RETENTION;
    const oldest = this.oldest.get(0)?.until;
    if (oldest === undefined || Number(oldest) >= cut) {
      this.pruneAt = Number(oldest ?? now) + RETENTION;
      return;
    }
    const last = this.oldest.get(limit)?.until;
    this.remove.run(Math.min(Number(last ?? cut), cut));
  }

  /** Checks that a read time is neither in the future nor beyond what is kept. */
  checkReadTime(time: number, now: number): number {
    if (time > now) throw invalid('readTime cannot be in the future.');
    if (time < now - RETENTION) {
      throw new FirestoreError('FAILED_PRECONDITION', 'readTime is older than the hour that is kept.');
    }
    return time;
  }

  /** Whether changes since a time are all known. */
  reaches(time: number, now: number): boolean {
    return time >= now - RETENTION && time <= now;
  }

  /** The documents as of a time that have changed or gone since. */
  changedSince(time: number): StoredDocument[] {
    const rows = this.select.all(time, time) as unknown as VersionRow[];
    return rows.flatMap((row) => this.read(row) ?? []);
  }

  /** One document as of a time, if it has changed or gone since. */
  version(name: string, segment: Buffer, time: number): StoredDocument | undefined {
    const collection = this.catalog.collection(name.slice(0, name.lastIndexOf('/')));
    if (!collection) return undefined;
    const row = this.selectOne.get(time, time, collection.id, segment) as VersionRow | undefined;
    return row && this.read(row);
  }

  private read(row: VersionRow): StoredDocument | undefined {
    const collection = this.catalog.collectionById(row.collection);
    if (!collection) return undefined;
    const segment = Buffer.from(row.segment);
    return makeDocument(
      row.document,
      collection,
      `${collection.name}/${segmentText(segment)}`,
      segment,
      row.created,
      row.updated,
      decodeFields(row.fields),
      row.fields.length,
    );
  }
}
