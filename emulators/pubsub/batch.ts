import type { ReceivedMessage } from './types.ts';

export interface Lease {
  until: number;
  /** Leases no further message once those leased hold this many bytes. */
  maxBytes?: number;
  onRelease?: (ackId: string) => void;
}

/** Messages leased together. */
export class Batch {
  readonly received: ReceivedMessage[] = [];
  readonly lease: Lease;
  readonly #max: number;
  #bytes = 0;

  constructor(max: number, lease: Lease) {
    this.#max = max;
    this.lease = lease;
  }

  /** How many more messages are asked for. */
  get missing(): number {
    return this.#max - this.received.length;
  }

  get hasRoom(): boolean {
    return this.missing > 0 && this.#bytes < (this.lease.maxBytes ?? Number.POSITIVE_INFINITY);
  }

  add(received: ReceivedMessage): void {
    this.received.push(received);
    this.#bytes += received.message.data.length;
  }
}
