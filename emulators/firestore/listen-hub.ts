import type { Committed } from './committer.ts';
import type { ListenStream, Target } from './listen.ts';
import type { Search } from './search.ts';
import type { Change, Store } from './store.ts';

/** Finds the targets that a change may concern without looking at the others. */
export class ListenHub {
  readonly store: Store;
  readonly search: Search;
  private readonly topics = new Map<string, Set<Target>>();
  readonly streams = new Set<ListenStream>();

  constructor(store: Store, search: Search) {
    this.store = store;
    this.search = search;
  }

  private topicsOf({ query, names }: Target): string[] {
    if (!query) return names.map((name) => `document ${name}`);
    if (!query.allDescendants) return [`collection ${query.parent}/${query.collectionId}`];
    return [`group ${query.database} ${query.collectionId ?? ''}`];
  }

  subscribe(target: Target): void {
    for (const topic of this.topicsOf(target)) {
      const targets = this.topics.get(topic) ?? new Set();
      targets.add(target);
      this.topics.set(topic, targets);
    }
  }

  unsubscribe(target: Target): void {
    for (const topic of this.topicsOf(target)) {
      const targets = this.topics.get(topic);
      targets?.delete(target);
      if (targets?.size === 0) this.topics.delete(topic);
    }
  }

  /** Sends the commits of one group to the targets they concern, as one consistent step a stream. */
  publish(commits: readonly Committed[]): void {
    if (this.topics.size === 0) return;
    const affected = new Map<Target, Map<string, Change>>();
    for (const { changes, time } of commits) {
      for (const change of changes) {
        const document = change.after ?? change.before;
        if (!document) continue;
        const { collection, name } = document;
        const database = name.slice(0, name.indexOf('/documents/'));
        for (const topic of [
          `document ${name}`,
          `collection ${collection.name}`,
          `group ${database} ${collection.group}`,
          `group ${database} `,
        ]) {
          for (const target of this.topics.get(topic) ?? []) {
            if (time <= target.since) continue;
            const merged = affected.get(target) ?? new Map<string, Change>();
            const earlier = merged.get(name);
            merged.set(name, earlier ? { name, before: earlier.before, after: change.after } : change);
            affected.set(target, merged);
          }
        }
      }
    }
    const time = commits.at(-1)?.time ?? this.store.commitTime;
    const streams = new Set<ListenStream>();
    for (const [target, changes] of affected) {
      if (target.stream.apply(target, changes.values(), time)) streams.add(target.stream);
    }
    for (const stream of streams) stream.snapshot(time);
  }

  closeAll(): void {
    for (const stream of [...this.streams]) stream.close();
  }
}
