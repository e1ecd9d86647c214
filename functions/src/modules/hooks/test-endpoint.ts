import { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { defineEndpoint } from '../../kernel/define.ts';
import { asProblem, Problem } from '../../kernel/errors.ts';
import { timestamp } from '../../kernel/ports/clock.ts';
import { parseInput } from '../../kernel/schema.ts';
import { type Outcome, perform } from './apply.ts';
import { type DeliveryRecord, deliveries } from './deliveries.collection.ts';
import { checkAction, endpointFields, endpoints, type HookEndpoint } from './endpoints.collection.ts';
import { operationsFor, scopeOf, writerOf } from './on-delivery.ts';
import { announced, contentOf, fromStored, isWanted, presetOf, type Received } from './received.ts';
import { openSecrets } from './secrets.ts';
import { sign, verify } from './signatures.ts';

const fieldError = z.object({ path: z.string(), message: z.string(), code: z.string() });
const settings = z.strictObject(endpointFields);
/** The same fields without their defaults: what a draft leaves out is as the endpoint has it. */
const draftFields = Object.fromEntries(
  Object.entries(endpointFields).map(([name, field]): [string, z.ZodType] => [
    name,
    (field instanceof z.ZodDefault ? (field.unwrap() as z.ZodType) : field).optional(),
  ]),
);

const input = z.strictObject({
  /** An endpoint whose settings and secret are used. */
  id: z.string().optional(),
  /** Settings that differ from the endpoint's, or all of them. */
  draft: z.strictObject(draftFields).optional(),
  /** A stored delivery… */
  deliveryId: z.string().optional(),
  /** …or what is to be received, as text. By default the sample of the sender's kind. */
  sample: z
    .strictObject({
      body: z.string().max(700_000),
      headers: z.record(z.string().regex(/^[a-z0-9-]{1,60}$/), z.string().max(4_000)).default({}),
      query: z.record(z.string(), z.unknown()).default({}),
    })
    .optional(),
  /** Sign the sample with the endpoint's secret, as the sender would. */
  sign: z.boolean().default(false),
});

const output = z.object({
  /** What the delivery would be. */
  state: z.enum(['applied', 'ignored', 'failed', 'rejected']),
  /** Whether the signature is right; null when there is no secret to check it with. */
  verified: z.boolean().nullable(),
  /** Why it is not verified, or cannot be read. */
  reason: z.string().optional(),
  event: z.object({ id: z.string().optional(), type: z.string().optional() }),
  /** What the mapping sees. */
  content: z.unknown(),
  operations: z.array(
    z.object({
      action: z.string(),
      collection: z.string(),
      recordId: z.string().optional(),
      /** Whether the record is there already. */
      existed: z.boolean().optional(),
      data: z.record(z.string(), z.unknown()),
      errors: z.array(fieldError),
    }),
  ),
  /** What is wrong with the mapping. */
  errors: z.array(fieldError),
});
type Answer = z.input<typeof output>;

type Settings = Omit<HookEndpoint, 'createdAt' | 'updatedAt' | 'createdBy' | 'version'>;

export const testEndpoint = defineEndpoint({
  name: 'hooks.endpoints.test',
  summary:
    'Show what would become of a delivery: whether it is verified, and what would be written. Nothing is.',
  access: 'admin',
  limit: { points: 120, seconds: 60, by: 'principal' },
  input,
  output,
  example: {
    id: 'whk_01JD0000000000000000000000',
    draft: { mapping: '{ "name": person.name }' },
    sample: {
      body: '{ "person": { "name": "Ada Lovelace" } }',
      headers: { 'content-type': 'application/json' },
    },
  },
  handle: async (ctx, { id, draft, deliveryId, sample, sign: signed }) => {
    const stored = id === undefined ? undefined : await ctx.asSystem('test').repo(endpoints).require(id);
    const delivery =
      deliveryId === undefined ? undefined : await ctx.asSystem('test').repo(deliveries).require(deliveryId);
    const endpoint = settingsOf(ctx, stored, draft ?? {});
    checkAction(endpoint);
    const secrets = stored ? await openSecrets(ctx.ports.secrets, stored, timestamp(ctx.ports.clock)) : [];
    const texts = secrets.map(({ secret }) => secret);
    const at = delivery ? Date.parse(delivery.createdAt) : ctx.ports.clock.now();
    const received = receivedOf(endpoint, delivery, sample, signed ? texts[0] : undefined, at);
    const checked =
      delivery && delivery.state !== 'rejected' ? { verified: true } : check(endpoint, texts, received, at);
    return { ...checked, ...(await outcomeOf(ctx, endpoint, received, checked.verified)) };
  },
});

/** The endpoint as it would be: never with more rights than the caller has. */
function settingsOf(
  ctx: TenantContext,
  stored: HookEndpoint | undefined,
  draft: Readonly<Record<string, unknown>>,
): Settings {
  if (!stored && draft.mapping === undefined)
    throw new Problem('invalid', 'There is nothing to test.', {
      errors: [
        { path: 'draft.mapping', message: 'Name an endpoint by id, or give a mapping.', code: 'missing' },
      ],
    });
  const whole = parseInput(settings, { name: 'test', ...(stored ? pick(stored) : {}), ...draft });
  const permissions = ctx.caller.permissions ?? stored?.permissions;
  return {
    ...whole,
    id: stored?.id ?? 'whk_test',
    secret: '',
    urlHash: '',
    ...(permissions ? { permissions: [...permissions] } : {}),
  };
}

const pick = (stored: HookEndpoint): Record<string, unknown> =>
  Object.fromEntries(Object.entries(stored).filter(([name]) => name in endpointFields));

function receivedOf(
  endpoint: Settings,
  delivery: DeliveryRecord | undefined,
  sample: z.output<typeof input>['sample'],
  secret: string | undefined,
  at: number,
): Received {
  if (delivery) return fromStored(delivery);
  const preset = presetOf(endpoint).sample;
  const { headers, query, body } = sample ?? { ...preset, query: {}, body: JSON.stringify(preset.body) };
  const bytes = Buffer.from(body);
  const stamps = { id: headers['webhook-id'] ?? 'msg_test', at: Math.floor(at / 1000) };
  const added = secret === undefined ? {} : sign(endpoint.signature, secret, bytes, stamps);
  return { headers: { ...headers, ...added }, query, body: bytes, address: '' };
}

function check(
  endpoint: Settings,
  secrets: readonly string[],
  { headers, body }: Received,
  at: number,
): { verified: boolean | null; reason?: string } {
  if (secrets.length === 0 && endpoint.signature.scheme !== 'none') return { verified: null };
  try {
    const signed = { header: (name: string) => headers[name], body };
    verify(endpoint.signature, secrets, signed, at, endpoint.toleranceSeconds);
    return { verified: true };
  } catch (error) {
    return { verified: false, reason: asProblem(error).message };
  }
}

/** Leaves the transaction without writing anything. */
class RolledBack extends Error {
  readonly outcomes: readonly Outcome[];
  constructor(outcomes: readonly Outcome[]) {
    super('rolled back');
    this.outcomes = outcomes;
  }
}

async function outcomeOf(
  ctx: TenantContext,
  endpoint: Settings,
  received: Received,
  verified: boolean | null,
): Promise<Omit<Answer, 'verified'>> {
  let content: unknown;
  const nothing = { event: {}, operations: [], errors: [] };
  try {
    content = contentOf(received.headers['content-type'] ?? '', received.body);
  } catch (error) {
    return { ...nothing, content: null, state: 'rejected' as const, reason: asProblem(error).message };
  }
  const event = announced(endpoint, received.headers, content);
  const fallback = verified === false ? ('rejected' as const) : undefined;
  try {
    const operations = await operationsFor(ctx.tenantId, endpoint, received);
    const type = event.type ?? endpoint.signature.scheme;
    const source = { endpointId: endpoint.id, deliveryId: 'dlv_test', type };
    const scope = scopeOf(ctx.app, ctx.tenantId, writerOf(endpoint), 0, 'test');
    const outcomes = await scope
      .transaction(async (transaction): Promise<readonly Outcome[]> => {
        throw new RolledBack(await perform(ctx.app, transaction, source, operations));
      })
      .catch((error: unknown) => {
        if (error instanceof RolledBack) return error.outcomes;
        throw error;
      });
    const failed = outcomes.some(({ errors }) => errors.length > 0);
    const idle = outcomes.length === 0 || !isWanted(endpoint, event.type);
    const state = fallback ?? (failed ? 'failed' : idle ? 'ignored' : 'applied');
    return {
      event,
      content,
      operations: outcomes.map((one) => ({ ...one, errors: [...one.errors] })),
      errors: [],
      state,
    };
  } catch (error) {
    const problem = asProblem(error);
    if (problem.status >= 500) throw error;
    const errors = problem.errors ?? [{ path: '', message: problem.message, code: problem.code }];
    return { ...nothing, event, content, errors: [...errors], state: fallback ?? ('failed' as const) };
  }
}
