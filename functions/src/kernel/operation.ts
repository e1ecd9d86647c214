import type { z } from 'zod';
import type { PublicContext, SignedInContext, TenantContext } from './context.ts';
import type { Awaitable, Endpoint, EndpointAccess } from './define.ts';
import { Reply } from './define.ts';
import { Problem } from './errors.ts';
import { type IncomingRequest, jsonBody } from './http.ts';
import { parseInput } from './schema.ts';

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
  readonly limit?: { readonly points: number; readonly seconds: number; readonly by: 'address' | 'principal' };
  readonly status: number;
  /** Schemas for the API reference. */
  readonly input: z.ZodType | undefined;
  readonly output: z.ZodType | undefined;
  readonly example: unknown;
  run(ctx: AnyContext, request: IncomingRequest, parameters: Readonly<Record<string, string>>): Awaitable<Reply>;
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
      const input = parseInput(options.input, isObject(raw) ? { ...raw, ...parameters } : raw, body === 'json' ? 'The body' : 'The query');
      const result = await options.handle(ctx as TenantContext, input);
      if (result instanceof Reply) return result;
      if (status === 204) return new Reply(204, undefined);
      const output = options.output.safeParse(result);
      if (!output.success) throw new Problem('internal', 'The answer was not as declared.', { cause: output.error });
      return new Reply(status, output.data);
    },
  };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Matches `/api/crm/contacts/con_1` against `/api/crm/contacts/{id}`. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const [want, have] = [pattern.split('/'), path.split('/')];
  if (have.length > 2 && have.at(-1) === '') have.pop();
  if (want.length !== have.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of want.entries()) {
    const actual = have[index] ?? '';
    if (part.startsWith('{')) {
      try {
        parameters[part.slice(1, -1)] = decodeURIComponent(actual);
      } catch {
        return undefined;
      }
    } else if (part !== actual) return undefined;
  }
  return parameters;
}
