import type { Checkpoints } from './checkpoints.ts';
import type { Store } from './store.ts';

const EVERY_MS = 200;
/** Expired versions that are removed at a time, and how often a tick. */
const SLICE = 1000;
const SLICES = 8;

/** What has to be done from time to time, in steps between the requests: short logs, and no history beyond its hour. */
export class Housekeeping {
  private readonly store: Store;
  private readonly checkpoints: Checkpoints;
  private readonly timer: NodeJS.Timeout;
  private pruning = false;

  constructor(store: Store, checkpoints: Checkpoints) {
    this.store = store;
    this.checkpoints = checkpoints;
    this.timer = setInterval(() => this.tick(), EVERY_MS).unref();
  }

  private tick(): void {
    this.checkpoints.consider();
    if (!this.pruning) this.prune(SLICES);
  }

  private prune(slices: number): void {
    this.pruning = false;
    if (slices === 0 || this.checkpoints.busy) return;
    // A full disk is told to those who write; what is too old can wait.
    if (!this.store.prune(SLICE)) return;
    this.pruning = true;
    setImmediate(() => this.prune(slices - 1));
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
