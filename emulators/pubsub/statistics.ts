import type { Catalog } from './catalog.ts';
import type { Snapshot, Topic } from './topic.ts';
import type { PubSubStatistics, SnapshotInfo } from './types.ts';

export function statisticsOf({ topics, subscriptions }: Catalog): PubSubStatistics {
  const counts = [...subscriptions].map(([name, subscription]) => {
    const { topic, backlog, acknowledged, deadLettered } = subscription;
    return [
      name,
      { topic: topic.name, backlog, acknowledged, deadLettered, ...subscription.counts() },
    ] as const;
  });
  return {
    topics: Object.fromEntries([...topics].map(([name, { published }]) => [name, { published }])),
    subscriptions: Object.fromEntries(counts),
  };
}

export function snapshotInfo({ topic, snapshot }: { topic: Topic; snapshot: Snapshot }): SnapshotInfo {
  const { name, expiresAt, metadata } = snapshot;
  return { name, topic: topic.name, expiresAt: new Date(expiresAt), metadata: structuredClone(metadata) };
}
