import type { Committed } from './committer.ts';
import type { ListenStream } from './listen.ts';
import type { Target } from './listen-target.ts';
import { mergeChange } from './pending-changes.ts';
import type { Search } from './search.ts';
import type { Change, Store } from './store.ts';
import { topicOf, topicsOf } from './topics.ts';

function topicsOfTarget({ query, names }: Target): string[] {
  return query ? [topicOf(query)] : names.map((name) => `document ${name}`);
}

/** Finds the targets that a change may concern without looking at the others. */
export class ListenHub {
  readonly store: Store;
  readonly search: Search;
  readonly streams = new Set<ListenStream>();
  /** The newest commit that was published, in microseconds: everything up to it was sent. */
  publishedTime: number;
  private readonly topics = new Map<string, Map<Target, ListenStream>>();

  constructor(store: Store, search: Search) {
    this.store = store;
    this.search = search;
    this.publishedTime = store.commitTime;
  }

  subscribe(target: Target, stream: ListenStream): void {
    for (const topic of topicsOfTarget(target)) {
      const targets = this.topics.get(topic);
      if (targets) targets.set(target, stream);
      else this.topics.set(topic, new Map([[target, stream]]));
    }
  }

  unsubscribe(target: Target): void {
    for (const topic of topicsOfTarget(target)) {
      const targets = this.topics.get(topic);
      targets?.delete(target);
      if (targets?.size === 0) this.topics.delete(topic);
    }
  }

  /**
   * Sends the commits of one group to the targets they concern, as one consistent step a stream.
   * @param time until when there are no other commits than these and earlier ones, in microseconds.
   */
  publish(commits: readonly Committed[], time: number): void {
    this.publishedTime = time;
    if (this.topics.size === 0) return;
    const affected = new Map<ListenStream, Map<Target, Map<string, Change>>>();
    for (const commit of commits) {
      for (const change of commit.changes) this.collect(change, commit.time, affected);
    }
    for (const [stream, changes] of affected) stream.publish(changes, time);
  }

  private collect(
    change: Change,
    time: number,
    affected: Map<ListenStream, Map<Target, Map<string, Change>>>,
  ): void {
    const document = change.after ?? change.before;
    if (!document) return;
    for (const topic of [`document ${change.name}`, ...topicsOf(document)]) {
      for (const [target, stream] of this.topics.get(topic) ?? []) {
        // The target was added after this commit, with its results.
        if (time <= target.time) continue;
        const targets = affected.get(stream) ?? new Map<Target, Map<string, Change>>();
        const changes = targets.get(target) ?? new Map<string, Change>();
        mergeChange(changes, change);
        affected.set(stream, targets.set(target, changes));
      }
    }
  }

  closeAll(): void {
    for (const stream of [...this.streams]) stream.close();
  }
}
