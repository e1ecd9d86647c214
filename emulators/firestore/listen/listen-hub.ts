import type { Search } from '../query/search.ts';
import type { Committed } from '../storage/committer.ts';
import type { Change, Store } from '../storage/store.ts';
import type { ListenStream } from './listen.ts';
import type { Target } from './listen-target.ts';
import { mergeChange } from './pending-changes.ts';
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
  private publishedTime: number;
  private waiting: Committed[] = [];
  private waitingTime = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly topics = new Map<string, Map<Target, ListenStream>>();

  constructor(store: Store, search: Search) {
    this.store = store;
    this.search = search;
    this.publishedTime = store.commitTime;
  }

  /**
   * Until when everything was sent: the present, but for its millisecond, unless commits are on their way to the disk.
   * It moves on without commits, so that a client that hears of none can still resume after hours.
   */
  get time(): number {
    const { commitTime } = this.store;
    if (commitTime > this.publishedTime) return this.publishedTime;
    return Math.max(commitTime, Math.floor(this.store.now() / 1000) * 1000 - 1);
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
   * Takes the commits of a group, which are durable. They are sent when their millisecond is over, with all others of
   * it: clients compare times in milliseconds, and what they write upon a snapshot has to be later than what they saw.
   * @param time until when there are no other commits than these and earlier ones, in microseconds.
   */
  publish(commits: readonly Committed[], time: number): void {
    if (this.topics.size === 0) {
      this.publishedTime = time;
      return;
    }
    this.waiting.push(...commits);
    this.waitingTime = time;
    this.timer ??= setTimeout(() => this.sendOver(), 1);
  }

  private sendOver(): void {
    const now = Math.floor(this.store.now() / 1000);
    const open = this.waiting.findIndex(({ time }) => Math.floor(time / 1000) >= now);
    if (open === -1) {
      this.flush();
      return;
    }
    const over = this.waiting.splice(0, open);
    const time = over.at(-1)?.time;
    if (time !== undefined) this.send(over, time);
    this.timer = setTimeout(() => this.sendOver(), 1);
  }

  /** Sends what is waiting, so that a new target can begin with all that is durable. */
  flush(): void {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    const commits = this.waiting;
    this.waiting = [];
    this.send(commits, this.waitingTime);
  }

  /** Sends commits to the targets that they concern, as one consistent step a stream. */
  private send(commits: readonly Committed[], time: number): void {
    this.publishedTime = Math.max(this.publishedTime, time);
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
    clearTimeout(this.timer);
    for (const stream of [...this.streams]) stream.close();
  }
}
