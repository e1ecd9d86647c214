import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { PubSubEngine } from './types.ts';

/** Syncs on behalf of all calls that ask in one turn of the event loop, so that many share one fsync. */
export class SharedSync {
  readonly #engine: PubSubEngine;
  #next: Promise<void> | undefined;

  constructor(engine: PubSubEngine) {
    this.#engine = engine;
  }

  /** Resolves when everything that was done before the call survives a power failure. */
  done(): Promise<void> {
    this.#next ??= endOfTurn().then(() => {
      this.#next = undefined;
      this.#engine.flush();
    });
    return this.#next;
  }
}
