import type { DatabaseSync, StatementSync } from 'node:sqlite';

interface StateRow {
  identity: string;
  commit_time: number;
  documents: number;
  next_document: number;
}

/** What every commit brings forward: the newest commit time, the number of documents, and the next row id. */
export class DatabaseState {
  /** Tells this database from others whose files may be put in its place. */
  readonly identity: string;
  /** The time of the newest commit, in microseconds. */
  commitTime: number;
  documents: number;
  /** The row id of the next new document; none that was given is given again. */
  nextDocument: number;
  private readonly select: StatementSync;
  private readonly update: StatementSync;

  constructor(db: DatabaseSync) {
    this.select = db.prepare('SELECT * FROM state');
    this.update = db.prepare('UPDATE state SET commit_time = ?, documents = ?, next_document = ?');
    const row = this.read();
    this.identity = row.identity;
    this.commitTime = row.commit_time;
    this.documents = row.documents;
    this.nextDocument = row.next_document;
  }

  private read(): StateRow {
    return this.select.get() as unknown as StateRow;
  }

  /** Only within a write transaction. */
  save(): void {
    this.update.run(this.commitTime, this.documents, this.nextDocument);
  }

  /** After a transaction was undone. Times and row ids that it used are not used again. */
  reload(): void {
    this.documents = this.read().documents;
  }

  /** A read time: now, and never before the newest commit. */
  now(): number {
    const wall = Math.floor((performance.timeOrigin + performance.now()) * 1000);
    return Math.max(wall, this.commitTime);
  }

  /** A commit time after all earlier ones, even when the clock of the machine steps back. */
  nextCommitTime(): number {
    const now = this.now();
    this.commitTime = now > this.commitTime ? now : this.commitTime + 1;
    return this.commitTime;
  }
}
