import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { FirestoreError, invalid } from '../errors.ts';
import { makeDocument, type StoredDocument } from '../values/document.ts';
import { decodeFields } from '../values/record-reader.ts';
import { segmentText } from '../values/segments.ts';
import type { Catalog } from './catalog.ts';

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
/** Versions stay a little longer, for reads that began in time and stream their results. */
const GRACE = 600_000_000;
const PAGE = 500;

/**
 * Documents as they were before they changed, for an hour: what read-only transactions, reads at a past time and
 * resumed listeners look at. A document as of T is its present one, if that is not younger than T, else the
 * version with `updated <= T < until`. A version ends when its successor begins, so the versions of a document form a
 * chain that starts at the present document, or at its deletion.
 */
export class History {
  private readonly catalog: Catalog;
  private readonly record: StatementSync;
  private readonly recordDeletion: StatementSync;
  private readonly select: StatementSync;
  private readonly selectOne: StatementSync;
  private readonly firstDeletion: StatementSync;
  private readonly expired: StatementSync;
  private readonly removeDeletions: StatementSync;
  private readonly remove: StatementSync;

  constructor(db: DatabaseSync, catalog: Catalog) {
    this.catalog = catalog;
    this.record = db.prepare(
      `INSERT INTO versions(until, collection, segment, document, created, updated, fields)
       SELECT ?, collection, segment, id, created, updated, fields FROM documents WHERE id = ?`,
    );
    this.recordDeletion = db.prepare('INSERT INTO deletions(collection, segment, until) VALUES (?, ?, ?)');
    this.select = db.prepare(
      `SELECT * FROM versions WHERE (until, collection, segment) > (?, ?, ?) AND updated <= ?
       ORDER BY until, collection, segment LIMIT ${PAGE}`,
    );
    this.selectOne = db.prepare('SELECT * FROM versions WHERE until = ? AND collection = ? AND segment = ?');
    this.firstDeletion = db.prepare(
      'SELECT until FROM deletions WHERE collection = ? AND segment = ? AND until > ? ORDER BY until LIMIT 1',
    );
    this.expired = db.prepare('SELECT until FROM versions WHERE until < ? ORDER BY until LIMIT 1 OFFSET ?');
    this.removeDeletions = db.prepare(
      `DELETE FROM deletions WHERE (collection, segment, until) IN
       (SELECT collection, segment, until FROM versions WHERE until <= ?)`,
    );
    this.remove = db.prepare('DELETE FROM versions WHERE until <= ?');
  }

  /** Keeps a document as it is stored, before a commit at `time` changes or deletes it. */
  keep({ id, collection, segment }: StoredDocument, time: number, deleted: boolean): void {
    this.record.run(time, id);
    if (deleted) this.recordDeletion.run(collection.id, segment, time);
  }

  /** Forgets what is too old, about `count` versions at most; false when nothing was. Needs a transaction. */
  prune(now: number, count: number): boolean {
    const cut = now - RETENTION - GRACE;
    if (this.expired.get(cut, 0) === undefined) return false;
    const end = Number(this.expired.get(cut, count)?.until ?? cut);
    this.removeDeletions.run(end);
    this.remove.run(end);
    return true;
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

  /** The documents as of a time that have changed or gone since `since`, which is not before it (default: the time). */
  *changedSince(time: number, since = time): Generator<StoredDocument> {
    let last = [since, Number.MAX_SAFE_INTEGER, Buffer.alloc(0)] as [number, number, Uint8Array];
    for (;;) {
      const rows = this.select.all(...last, time) as unknown as VersionRow[];
      for (const row of rows) {
        const document = this.read(row);
        if (document) yield document;
      }
      const end = rows.at(-1);
      if (!end || rows.length < PAGE) return;
      last = [end.until, end.collection, end.segment];
    }
  }

  /** One document as of a time, if it has changed or gone since. */
  version(
    name: string,
    segment: Buffer,
    present: StoredDocument | undefined,
    time: number,
  ): StoredDocument | undefined {
    const collection = this.catalog.collection(name.slice(0, name.lastIndexOf('/')));
    if (!collection) return undefined;
    let until = this.firstDeletion.get(collection.id, segment, time)?.until ?? present?.updated;
    for (;;) {
      const row = until && (this.selectOne.get(until, collection.id, segment) as VersionRow | undefined);
      if (!row) return undefined;
      if (row.updated <= time) return this.read(row);
      until = row.updated;
    }
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
