import type { WireTarget } from '../door/wire.ts';
import { invalid } from '../errors.ts';
import { inQuery } from '../query/match.ts';
import { compareDocuments, type Query, readQuery } from '../query/query.ts';
import type { Search } from '../query/search.ts';
import type { Change, Store } from '../storage/store.ts';
import { checkName } from '../transactions/writes.ts';
import type { StoredDocument } from '../values/document.ts';
import { checkDatabase } from '../values/names.ts';

/** What a target's client has to learn of each document: how it is, or that it is not among the results any more. */
export type Delta = Map<string, StoredDocument | 'removed' | 'deleted'>;

function readTarget(input: WireTarget, database: string, store: Store) {
  checkDatabase(database);
  const names = (input.documents?.documents ?? []).map((name) => checkName(name, database));
  const structured = input.query?.structuredQuery;
  const query = structured ? readQuery(input.query?.parent, structured, store.catalog.parser) : undefined;
  if (!query && names.length === 0) throw invalid('addTarget must have a query or documents.');
  if (query && query.database !== database) {
    throw invalid(`addTarget.query.parent does not belong to the database of the request, ${database}.`);
  }
  if (query?.findNearest) throw invalid('addTarget.query.structuredQuery.findNearest cannot be listened to.');
  return { names, query };
}

/** A query, or some documents, that a client watches. */
export class Target {
  readonly id: number;
  readonly query: Query | undefined;
  readonly names: readonly string[];
  private readonly store: Store;
  private readonly search: Search;
  /** The newest commit that the client knows of, in microseconds. */
  time = 0;
  /** The present results of a query with a limit, in its order: what changes moves others in and out. */
  private window: Map<string, StoredDocument> | undefined;

  /** Throws FirestoreError when the target is not valid. */
  constructor(id: number, input: WireTarget, database: string, store: Store, search: Search) {
    const { names, query } = readTarget(input, database, store);
    this.id = id;
    this.names = names;
    this.query = query;
    this.store = store;
    this.search = search;
  }

  private get limited(): boolean {
    return this.query !== undefined && (this.query.limit !== undefined || this.query.offset > 0);
  }

  private results(time: number): StoredDocument[] {
    if (this.query) return this.search.run(this.query, time);
    return this.names.flatMap((name) => this.store.findAt(name, time) ?? []);
  }

  /**
   * Works out what a client has to learn that knows the results as of one time, or nothing of them, to know them as
   * of another.
   * @returns the delta, and the names of all results.
   */
  catchUp(since: number | undefined, time: number): { delta: Delta; present: string[] } {
    const known = new Map<string, StoredDocument>();
    for (const document of since === undefined ? [] : this.results(since)) known.set(document.name, document);
    const results = this.results(time);
    const delta: Delta = new Map();
    const present = results.map(({ name }) => name);
    const names = new Set(present);
    for (const name of since === undefined ? this.names : known.keys()) {
      if (!names.has(name)) delta.set(name, this.store.findAt(name, time) ? 'removed' : 'deleted');
    }
    for (const document of results) {
      if (known.get(document.name)?.updated !== document.updated) delta.set(document.name, document);
    }
    this.time = time;
    if (this.limited) this.window = new Map(results.map((document) => [document.name, document]));
    return { delta, present };
  }

  /** Works out what the client has to learn of changes that were committed until a time. */
  apply(changes: Iterable<Change>, time: number): Delta {
    this.time = time;
    if (this.query && this.window) return this.shift(this.query, this.window, changes, time);
    const delta: Delta = new Map();
    for (const { name, before, after } of changes) {
      if (after && this.holds(after)) delta.set(name, after);
      else if (before && this.holds(before)) delta.set(name, after ? 'removed' : 'deleted');
    }
    return delta;
  }

  private holds(document: StoredDocument): boolean {
    return !this.query || inQuery(this.query, document);
  }

  /** Moves the window of a limit: it is searched again when a change may concern it, and only then. */
  private shift(
    query: Query,
    window: Map<string, StoredDocument>,
    changes: Iterable<Change>,
    time: number,
  ): Delta {
    const delta: Delta = new Map();
    const gone = new Set<string>();
    const last =
      window.size < (query.limit ?? Number.POSITIVE_INFINITY) ? undefined : [...window.values()].at(-1);
    let moved = false;
    for (const { name, before, after } of changes) {
      if (!after) gone.add(name);
      moved ||= window.has(name) || enters(query, last, before) || enters(query, last, after);
    }
    if (!moved) return delta;
    const results = this.search.run(query, time);
    this.window = new Map(results.map((document) => [document.name, document]));
    for (const name of window.keys()) {
      if (!this.window.has(name)) delta.set(name, gone.has(name) ? 'deleted' : 'removed');
    }
    for (const document of results) {
      if (window.get(document.name)?.updated !== document.updated) delta.set(document.name, document);
    }
    return delta;
  }
}

/** Whether a document belongs before the last of the window, where it shifts the others. */
function enters(
  query: Query,
  last: StoredDocument | undefined,
  document: StoredDocument | undefined,
): boolean {
  return (
    document !== undefined &&
    inQuery(query, document) &&
    (last === undefined || compareDocuments(query, document, last) < 0)
  );
}
