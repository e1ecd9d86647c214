import type { z } from 'zod';
import type { Caller } from '../access.ts';
import type { Change } from '../changes/change.ts';
import type { PublicContext, SignedInContext, TenantContext } from '../context.ts';
import type { Awaitable, Endpoint, EndpointAccess } from '../define.ts';
import { Reply } from '../define.ts';
import { Problem } from '../errors.ts';
import { parseInput } from '../schema.ts';
import { type IncomingRequest, jsonBody } from './http.ts';

export type AnyContext = PublicContext | SignedInContext | TenantContext;

/** One method on one path: what the pipeline runs, the API reference lists and the generated tests call. */
export interface Operation {
  /** `crm.contacts.merge`, `crm.contacts.list` */
  readonly name: string;
  /** Export name of the Cloud Function that serves it. */
  readonly functionName: string;
  readonly method: string;
  /** `/api/crm/contacts/{id}` */
  readonly path: string;
  readonly summary: string;
  /** What an API key must be allowed. */
  readonly permission: string;
  readonly access: EndpointAccess;
  readonly body: 'json' | 'stream' | 'none';
  readonly limit?: {
    readonly points: number;
    readonly seconds: number;
    readonly by: 'address' | 'principal';
  };
  readonly status: number;
  /** Schemas for the API reference. */
  readonly input: z.ZodType | undefined;
  readonly output: z.ZodType | undefined;
  readonly example: unknown;
  /** The first answer, told from the change it made: for a request whose answer was lost in a crash. */
  recover?(caller: Caller, change: Change): Reply;
  run(
    ctx: AnyContext,
    request: IncomingRequest,
    parameters: Readonly<Record<string, string>>,
  ): Awaitable<Reply>;
}

/** A custom endpoint as an operation: parse input, handle, parse output. */
export function endpointOperation(endpoint: Endpoint): Operation {
  const { options, method, path, name } = endpoint;
  const hasBody = method !== 'GET' && method !== 'DELETE';
  const body = options.body === 'stream' ? 'stream' : hasBody ? 'json' : 'none';
  const status = options.status ?? 200;
  return {
    name,
    functionName: name.replaceAll('.', '-'),
    method,
    path,
    summary: options.summary,
    permission: name,
    access: options.access,
    body,
    ...(options.limit ? { limit: options.limit } : {}),
    status,
    input: options.input,
    output: options.output,
    example: options.example,
    run: async (ctx, request, parameters) => {
      const raw = body === 'json' ? jsonBody(request) : request.query;
      const input = parseInput(
        options.input,
        isObject(raw) ? { ...raw, ...parameters } : raw,
        body === 'json' ? 'The body' : 'The query',
      );
      const result = await options.handle(ctx as TenantContext, input);
      if (result instanceof Reply) return result;
      if (status === 204) return new Reply(204, undefined);
      const output = options.output.safeParse(result);
      if (!output.success)
        throw new Problem('internal', 'The answer was not as declared.', { cause: output.error });
      return new Reply(status, output.data);
    },
  };
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `/api/crm/contacts/` → its segments; a trailing slash says nothing. */
export function splitPath(path: string): readonly string[] {
  const parts = path.split('/');
  if (parts.length > 2 && parts.at(-1) === '') parts.pop();
  return parts;
}

/** Matches the segments of a path against `/api/crm/contacts/{id}`. */
export function matchPath(pattern: string, path: readonly string[]): Record<string, string> | undefined {
  const want = segmentsOf(pattern);
  if (want.length !== path.length) return undefined;
  let parameters: Record<string, string> | undefined;
  for (let index = want.length - 1; index >= 0; index--) {
    const part = want[index] ?? '';
    const actual = path[index] ?? '';
    if (!part.startsWith('{')) {
      if (part !== actual) return undefined;
      continue;
    }
    try {
      parameters ??= {};
      parameters[part.slice(1, -1)] = actual.includes('%') ? decodeURIComponent(actual) : actual;
    } catch {
      return undefined;
    }
  }
  return parameters ?? {};
}

/** Patterns are few and fixed, and every request is matched against some. */
const patterns = new Map<string, readonly string[]>();
function segmentsOf(pattern: string): readonly string[] {
  let segments = patterns.get(pattern);
  if (!segments) {
    segments = pattern.split('/');
    patterns.set(pattern, segments);
  }
  return segments;
}
