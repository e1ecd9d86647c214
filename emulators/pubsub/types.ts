/** How long a failed message waits before its next attempt: minimum × 2^(attempt − 1), at most the maximum. */
export interface RetryPolicy {
  minimumBackoffSeconds: number;
  maximumBackoffSeconds: number;
}

/** Where a message goes when it failed `maxDeliveryAttempts` times. */
export interface DeadLetterPolicy {
  /** An existing topic. Give it a subscription, else its messages are dropped like those of any topic without one. */
  deadLetterTopic: string;
  maxDeliveryAttempts: number;
}

export interface TopicOptions {
  /** Keeps messages this long, acknowledged or not, so that subscriptions can seek back to them. */
  messageRetentionSeconds?: number;
  /** What a network door keeps with the topic; the engine does not look at it. */
  metadata?: Record<string, unknown>;
}

/** Where messages are sent instead of being pulled. */
export interface PushConfig {
  endpoint: string;
  /** Sends a bearer token for this account and audience (the endpoint by default). */
  oidcToken?: { serviceAccountEmail: string; audience?: string };
  /** Sends the bare data as the body, instead of JSON around it. */
  noWrapper?: boolean;
}

export interface SubscriptionOptions {
  name: string;
  topic: string;
  /** Seconds a puller holds a message before it is handed out again; 10 by default, at most 600. */
  ackDeadlineSeconds?: number;
  /** Without a policy a failed message is available again at once. */
  retryPolicy?: RetryPolicy;
  /** Hands out the messages of one ordering key one at a time, in the order of publishing. */
  enableMessageOrdering?: boolean;
  deadLetterPolicy?: DeadLetterPolicy;
  /** Only messages whose attributes match, in Google's filter language. Never changes. */
  filter?: string;
  /** An acknowledgement with an ack id of an earlier attempt or after the deadline is refused, not best effort. */
  enableExactlyOnceDelivery?: boolean;
  /** Messages older than this are given up, acknowledged or not; without it they wait forever. */
  messageRetentionSeconds?: number;
  /** Keeps acknowledged messages for `messageRetentionSeconds`, so that the subscription can seek back to them. */
  retainAckedMessages?: boolean;
  pushConfig?: PushConfig;
  /** Cut off from its topic by `detachSubscription`. */
  detached?: boolean;
  /** What a network door keeps with the subscription; the engine does not look at it. */
  metadata?: Record<string, unknown>;
}

/** One version of a schema that messages of a topic must fit. */
export interface SchemaRevision {
  id: string;
  type: 'AVRO' | 'PROTOCOL_BUFFER';
  definition: string;
  createdAt: string;
}

export interface SnapshotInfo {
  name: string;
  topic: string;
  expiresAt: Date;
  metadata: Record<string, unknown>;
}

/** Where a subscription goes on: with everything published from a time on, or where it was at a snapshot. */
export type SeekTarget = { time: Date } | { snapshot: string };

export interface OutgoingMessage {
  /** At most 10 MB; may be empty when there are attributes. */
  data: Uint8Array;
  attributes?: Record<string, string>;
  orderingKey?: string;
}

export interface PublishOptions {
  /** Stored in the same transaction as the messages, so that a reader of a log publishes each entry exactly once. */
  cursor?: { name: string; value: string };
  /**
   * Returns without waiting for the disk: the messages survive the death of the process at once, and a power failure
   * after half a second or `flush()`. For a publisher that can repeat what came after its cursor.
   */
  deferSync?: boolean;
}

export interface PubSubMessage {
  /** Decimal and increasing in the order of publishing. */
  messageId: string;
  data: Uint8Array;
  attributes: Record<string, string>;
  /** Empty when the message has none. */
  orderingKey: string;
  publishTime: Date;
}

export interface ReceivedMessage {
  ackId: string;
  message: PubSubMessage;
  /** 1 at first. Survives restarts. */
  deliveryAttempt: number;
}

export interface LeaseOptions {
  seconds?: number;
  /** Leases no further message once those leased hold this many bytes. */
  maxBytes?: number;
  /** Called once for each message when its lease is over: acknowledged, given back, expired or sought away. */
  onRelease?: (ackId: string) => void;
}

export interface ConsumeOptions {
  /** Messages handled at once; 1 by default. */
  concurrency?: number;
  /** Ends the consumption: running handlers finish, then the promise resolves. */
  signal: AbortSignal;
  /** Told of every failure of the handler, before the message waits for its next attempt. */
  onFailure?: (error: unknown, message: ReceivedMessage) => void;
}

export interface SubscriptionStatistics {
  topic: string;
  /** Messages that are not acknowledged: waiting, leased or in backoff. */
  backlog: number;
  /** Of these, handed out and not answered yet. */
  leased: number;
  /** Of these, failed and waiting for their next attempt. */
  waiting: number;
  acknowledged: number;
  deadLettered: number;
  /** Publish time of the oldest message that is not acknowledged. */
  oldest: Date | undefined;
}

export interface PubSubStatistics {
  /** Messages published since the engine was opened, by topic. */
  topics: Record<string, { published: number }>;
  /** `acknowledged` and `deadLettered` count since the engine was opened. */
  subscriptions: Record<string, SubscriptionStatistics>;
}

/** Messages and subscriptions on one folder. Every call is synchronous and durable unless it says otherwise. */
export interface PubSubEngine {
  /** Creates the topic, or gives an existing one the options, if there are any. */
  createTopic(name: string, options?: TopicOptions): void;
  /** Removes the topic. Its subscriptions keep their backlog and belong to `_deleted-topic_`. */
  deleteTopic(name: string): void;
  /** Creates the subscription, which sees what is published from now on, or gives an existing one new options. */
  createSubscription(options: SubscriptionOptions): void;
  /** Removes the subscription and its backlog; nothing happens when there is none. */
  deleteSubscription(name: string): void;
  /** Cuts the subscription off from its topic for good: its backlog is dropped, and it cannot be read any more. */
  detachSubscription(name: string): void;
  topics(): string[];
  /** Throws NOT_FOUND. */
  topicOptions(name: string): TopicOptions;
  subscriptions(): SubscriptionOptions[];
  /** Throws NOT_FOUND. */
  subscriptionOptions(name: string): SubscriptionOptions;
  /** Publishes all messages in one transaction and returns their ids. Kept until every subscription acknowledged them. */
  publish(topic: string, messages: readonly OutgoingMessage[], options?: PublishOptions): string[];
  /** The value of a publish cursor, if one was ever stored under this name. */
  cursor(name: string): string | undefined;
  /** Leases up to `max` messages, for the subscription's deadline unless `lease` says otherwise. */
  pull(subscription: string, max: number, lease?: LeaseOptions): ReceivedMessage[];
  /** Resolves when messages may have become available, or when the signal aborts. */
  available(subscription: string, signal: AbortSignal): Promise<void>;
  /**
   * Acknowledges; unknown and outdated ack ids are ignored and returned. It takes effect at once and is written within
   * 20 ms. After half a second, or `flush()`, it survives a power failure too; before, the message may come again.
   */
  acknowledge(subscription: string, ackIds: readonly string[]): string[];
  /** Moves the deadline to `seconds` from now; 0 gives the message back as failed. Returns the ack ids it did not know. */
  modifyAckDeadline(subscription: string, ackIds: readonly string[], seconds: number): string[];
  /** Handles messages until the signal aborts: acknowledges on success, gives back on failure. Wakes on publish. */
  consume(
    subscription: string,
    handler: (message: ReceivedMessage) => Promise<void>,
    options: ConsumeOptions,
  ): Promise<void>;
  /** Messages waiting in a subscription of a dead-letter topic, oldest first, without leasing them. */
  deadLetters(subscription: string, options?: { after?: string; limit?: number }): PubSubMessage[];
  /**
   * Gives dead letters back to the subscription they came from, as fresh and unordered messages, and acknowledges
   * them here. Returns how many were replayed.
   */
  replayDeadLetters(subscription: string, messageIds: readonly string[]): number;
  /** Goes back or forward. Only messages that are still kept come again: see `retainAckedMessages`. */
  seek(subscription: string, target: SeekTarget): void;
  /** Remembers what the subscription has not acknowledged, for seven days. Throws ALREADY_EXISTS. */
  createSnapshot(name: string, subscription: string, metadata?: Record<string, unknown>): void;
  /** Changes what is given. Throws NOT_FOUND, or INVALID_ARGUMENT for a time more than seven days ahead. */
  updateSnapshot(name: string, changes: { expiresAt?: Date; metadata?: Record<string, unknown> }): void;
  deleteSnapshot(name: string): void;
  snapshots(): SnapshotInfo[];
  /** The stored schemas by name, each with its revisions, newest last. */
  schemas(): Map<string, SchemaRevision[]>;
  /** Stores a schema's revisions; with none the schema is removed. */
  putSchema(name: string, revisions: SchemaRevision[]): void;
  statistics(): PubSubStatistics;
  /** Writes and syncs all acknowledgements so far. */
  flush(): void;
  /** Flushes and closes. Handlers still running are not acknowledged and run again after the next open. */
  close(): void;
}
