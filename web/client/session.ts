import { ApiProblem, problemOf } from './problem';

/** What signing in and refreshing answer; the refresh token itself stays in an httpOnly cookie. */
interface TokenAnswer {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

export type SessionState = 'unknown' | 'signed-in' | 'signed-out';

const LOCK = 'mewayz-refresh';
const CHANNEL = 'mewayz-session';
/** A token this close to its end, in ms, is renewed before it is used. */
const MARGIN = 30_000;
/** Says, in local storage, that a cookie may hold a session; the cookie itself cannot be seen from here. */
const TRACE = 'session';

/** One refresh at a time over all tabs: the second would otherwise present a token that the first has just used up. */
const oneTabAtATime = <T>(work: () => Promise<T>): Promise<T> =>
  navigator.locks ? (navigator.locks.request(LOCK, work) as Promise<T>) : work();

/**
 * Keeps the access token, in memory only, and renews it from the cookie. Signing out in one tab signs out all.
 * `subscribe` and `state` have the shape React's external stores need.
 */
export class Session {
  #token: string | undefined;
  #expiresAt = 0;
  #state: SessionState = 'unknown';
  #refreshing: Promise<string> | undefined;
  readonly #listeners = new Set<() => void>();
  #channel: BroadcastChannel | undefined;

  readonly state = (): SessionState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (!this.#channel && typeof BroadcastChannel !== 'undefined') {
      this.#channel = new BroadcastChannel(CHANNEL);
      this.#channel.onmessage = (event) => {
        if (event.data === 'signed-out') this.#forget();
      };
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#channel?.close();
      this.#channel = undefined;
    };
  };

  /** Finds out on load whether somebody is signed in. Without a trace of a session on this device, nothing is asked. */
  async resume(): Promise<void> {
    if (this.#state !== 'unknown') return;
    if (localStorage.getItem(TRACE) === null) this.#forget();
    else await this.refresh();
  }

  /** Takes the answer of a sign-in, sign-up or refresh. */
  accept(answer: TokenAnswer): string {
    this.#token = answer.accessToken;
    this.#expiresAt = Date.now() + answer.expiresIn * 1000;
    localStorage.setItem(TRACE, '1');
    this.#become('signed-in');
    return answer.accessToken;
  }

  /** A token that is good for now; throws a 401 problem when nobody is signed in. */
  async token(): Promise<string> {
    if (this.#token && Date.now() < this.#expiresAt - MARGIN) return this.#token;
    return this.refresh();
  }

  /** A new token, whatever the old one is worth. Callers at the same time share one request. */
  refresh(): Promise<string> {
    this.#refreshing ??= oneTabAtATime(() => this.#renew()).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Ends the session here and in every other tab. */
  end(): void {
    this.#channel?.postMessage('signed-out');
    this.#forget();
  }

  async #renew(): Promise<string> {
    const response = await fetch('/api/auth/refresh', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }).catch(() => {
      throw new ApiProblem(0, {});
    });
    if (response.ok) return this.accept((await response.json()) as TokenAnswer);
    const problem = await problemOf(response);
    // Any other failure (a restart, a full queue) says nothing about the session.
    if (
      response.status === 400 ||
      response.status === 401 ||
      response.status === 403 ||
      response.status === 422
    )
      this.#forget();
    throw problem;
  }

  #forget(): void {
    this.#token = undefined;
    this.#expiresAt = 0;
    localStorage.removeItem(TRACE);
    this.#become('signed-out');
  }

  #become(state: SessionState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
