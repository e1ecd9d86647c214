import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { secondsAfter } from '../../kernel/jobs/jobs.ts';
import { timestamp } from '../../kernel/ports/clock.ts';
import { actionOf, checkAction, endpointExample, endpointFields, endpoints } from './endpoints.collection.ts';
import { applyMapping } from './mapping.ts';
import { checkKey, targetOf } from './operations.ts';
import { PRESETS } from './presets/index.ts';
import type { Signature } from './scheme.ts';
import { newSecret, openSecrets, sealSecrets, secretRefusal } from './secrets.ts';

export const urlHash = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

const secret = z.string().min(1).max(500);

/** The secret that was given, or a new one; undefined when the sender has yet to show it, or there is none. */
function secretFor(scheme: Signature, given: string | undefined): string | undefined {
  const refusal = given === undefined ? undefined : secretRefusal(scheme, given);
  if (refusal !== undefined)
    throw new Problem('invalid', 'This secret cannot be used.', {
      errors: [{ path: 'secret', message: refusal, code: 'bad_secret' }],
    });
  if (given !== undefined) return given;
  const waits = scheme.scheme === 'none' || PRESETS[scheme.scheme].secretFrom === 'sender';
  return waits ? undefined : newSecret(scheme);
}

export const createEndpoint = defineEndpoint({
  name: 'hooks.endpoints.create',
  summary:
    'Create an address for another system to deliver to; address and secret are shown only in this answer',
  access: 'admin',
  status: 201,
  input: z.strictObject({
    ...endpointFields,
    /** The secret that the sender shows, when it makes it itself. Otherwise one is made. */
    secret: secret.optional(),
  }),
  output: z.object({
    id: z.string(),
    name: z.string(),
    collection: z.string().optional(),
    url: z.string(),
    /** Absent when the sender has yet to show it; then enter it by `rotate-secret`. */
    secret: z.string().optional(),
  }),
  example: endpointExample,
  handle: async (ctx, { secret: given, ...input }) => {
    checkAction(input);
    const action = actionOf(input);
    if (input.collection !== undefined && action !== 'event' && action !== 'mixed') {
      const target = targetOf(ctx.app, ctx, { action, collection: input.collection });
      if (input.key !== undefined) checkKey(target, input.key);
    }
    const id = ctx.app.ids.next('whk');
    const made = secretFor(input.signature, given);
    const urlSecret = randomBytes(18).toString('base64url');
    const { permissions } = ctx.caller;
    await ctx
      .asSystem(`webhook endpoint made by ${ctx.caller.id}`)
      .repo(endpoints)
      .create(
        {
          ...input,
          secret: await sealSecrets(ctx.ports.secrets, id, made === undefined ? [] : [{ secret: made }]),
          urlHash: urlHash(urlSecret),
          ...(permissions ? { permissions: [...permissions] } : {}),
        },
        { id },
      );
    const url = `${ctx.app.settings.publicUrl}/hooks/${ctx.tenantId.slice(4)}${id.slice(4)}${urlSecret}`;
    return { id, name: input.name, collection: input.collection, url, secret: made };
  },
});

export const rotateSecret = defineEndpoint({
  name: 'hooks.endpoints.rotate-secret',
  summary:
    'Give an endpoint a new secret, made here or shown by the sender; the old one may work on for a while',
  access: 'admin',
  input: z.strictObject({
    id: z.string(),
    secret: secret.optional(),
    /** Hours for which the old secret is still accepted; 0 when it got into wrong hands. */
    overlapHours: z.int().min(0).max(168).default(0),
  }),
  output: z.object({ id: z.string(), secret: z.string(), oldSecretUntil: z.string() }),
  example: { id: 'whk_01JD0000000000000000000000' },
  handle: async (ctx, { id, secret: given, overlapHours }) => {
    const { signature } = await ctx.repo(endpoints).require(id);
    if (signature.scheme === 'none')
      throw new Problem('conflict', 'This endpoint checks no signature, so it has no secret.');
    if (given === undefined && PRESETS[signature.scheme].secretFrom === 'sender')
      throw new Problem('invalid', 'Only the sender can make this secret.', {
        errors: [
          { path: 'secret', message: 'Enter the secret that the sender shows.', code: 'missing_secret' },
        ],
      });
    const made = secretFor(signature, given) ?? newSecret(signature);
    const now = timestamp(ctx.ports.clock);
    const oldSecretUntil = secondsAfter(now, overlapHours * 3_600);
    await ctx.asSystem(`secret rotated by ${ctx.caller.id}`).transaction(async (transaction) => {
      const repo = transaction.repo(endpoints);
      const old = await openSecrets(ctx.ports.secrets, await repo.require(id), now);
      const list = [
        { secret: made },
        ...old.map((one) => ({
          secret: one.secret,
          until: one.until !== undefined && one.until < oldSecretUntil ? one.until : oldSecretUntil,
        })),
      ];
      await repo.patch(id, { secret: await sealSecrets(ctx.ports.secrets, id, list) });
    });
    return { id, secret: made, oldSecretUntil };
  },
});

export const tryMapping = defineEndpoint({
  name: 'hooks.endpoints.try',
  summary: 'Apply a mapping to a sample without storing anything',
  access: 'admin',
  limit: { points: 120, seconds: 60, by: 'principal' },
  input: z.strictObject({ mapping: z.string().min(1).max(10_000), sample: z.unknown() }),
  output: z.object({ result: z.array(z.record(z.string(), z.unknown())) }),
  example: { mapping: '{ "name": person.name }', sample: { person: { name: 'Ada Lovelace' } } },
  handle: async ({ tenantId }, { mapping, sample }) => ({
    result: await applyMapping(mapping, sample, {}, tenantId),
  }),
});
