import type { MessagePort, Worker } from 'node:worker_threads';
import { type ErrorCode, Problem, type ProblemOptions } from '../../kernel/errors.ts';

/** What one thread does for another. Arguments and results are copied, so they are plain data. */
export type Methods = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

type Message = { readonly id: number } & (
  | { readonly kind: 'call'; readonly method: string; readonly args: readonly unknown[] }
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'failure'; readonly failure: Failure }
);

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The other side of a connection. */
export interface Peer<Theirs extends Methods> {
  /** Rejects with the error of the method; Problems and TypeErrors come as such. Throws when an argument cannot be copied. */
  call<Name extends keyof Theirs & string>(
    method: Name,
    ...args: Parameters<Theirs[Name]>
  ): Promise<Awaited<ReturnType<Theirs[Name]>>>;
  /** Rejects the calls that no answer will come to. */
  abandon(error: Error): void;
}

/** One end of a channel: a port, a thread, or a process. */
export interface Channel {
  postMessage(message: unknown): unknown;
  on(event: 'message', listener: (message: Message) => void): unknown;
}

/** Lets two threads or processes call each other through their ends of one channel. */
export function connectPeer<Theirs extends Methods>(
  port: MessagePort | Worker | Channel,
  ours: Methods,
): Peer<Theirs> {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  const post = (message: Message): void => void port.postMessage(message);
  const serve = async (id: number, name: string, args: readonly unknown[]): Promise<void> => {
    try {
      const method = ours[name] as ((...given: readonly unknown[]) => Promise<unknown>) | undefined;
      if (!method) throw new TypeError(`there is no method ${name}`);
      post({ kind: 'result', id, value: await method(...args) });
    } catch (error) {
      post({ kind: 'failure', id, failure: toFailure(error) });
    }
  };
  port.on('message', (message: Message) => {
    if (message.kind === 'call') return void serve(message.id, message.method, message.args);
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'result') call?.resolve(message.value);
    else call?.reject(toError(message.failure));
  });
  return {
    call: (method, ...args) => {
      const id = ++last;
      post({ kind: 'call', id, method, args });
      return new Promise((resolve, reject) =>
        waiting.set(id, { resolve: resolve as Waiting['resolve'], reject }),
      );
    },
    abandon: (error) => {
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    },
  };
}

/** An error as plain data: a copied one would lose its class and what it knows beyond its message. */
interface Failure {
  readonly message: string;
  readonly stack?: string | undefined;
  readonly cause?: Failure | undefined;
  readonly problem?: { readonly code: ErrorCode; readonly options: ProblemOptions };
  readonly isTypeError: boolean;
}

function toFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), isTypeError: false };
  const { message, stack } = error;
  const cause = error.cause === undefined ? undefined : toFailure(error.cause);
  const failure = { message, stack, cause, isTypeError: error instanceof TypeError };
  if (!(error instanceof Problem)) return failure;
  const { code, errors, extensions, retryAfter } = error;
  return {
    ...failure,
    problem: {
      code,
      options: {
        ...(errors && { errors }),
        ...(extensions && { extensions }),
        ...(retryAfter !== undefined && { retryAfter }),
      },
    },
  };
}

function toError({ message, stack, problem, isTypeError, ...rest }: Failure): Error {
  const options = rest.cause && { cause: toError(rest.cause) };
  const error = problem
    ? new Problem(problem.code, message, { ...problem.options, ...options })
    : new (isTypeError ? TypeError : Error)(message, options);
  if (stack) error.stack = stack;
  return error;
}
