import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { replayJob } from '../../kernel/jobs/job-queue.ts';
import { enqueue, secondsAfter } from '../../kernel/jobs/jobs.ts';
import { timestamp } from '../../kernel/ports/clock.ts';
import { attempts } from './attempts.collection.ts';
import { eventsOf } from './catalogue.ts';
import { deliver } from './deliver.ts';
import { endpointFields, endpoints } from './endpoints.collection.ts';
import { newSecret, openSecrets, sealSecrets } from './signing.ts';

const example = { id: 'who_01JD0000000000000000000000' };

export const createEndpoint = defineEndpoint({
  name: 'webhooks.endpoints.create',
  summary: 'Have changes sent to an address; the signing secret is shown only in this answer',
  access: 'admin',
  status: 201,
  input: z.strictObject(endpointFields),
  output: z.object({ id: z.string(), url: z.string(), events: z.array(z.string()), secret: z.string() }),
  example: { url: 'https://example.com/hooks', events: ['crm.companies.*'], where: { country: ['Iceland'] } },
  handle: async (ctx, input) => {
    const endpointId = ctx.app.ids.next('who');
    const secret = newSecret();
    const { permissions } = ctx.caller;
    await ctx
      .asSystem(`webhook made by ${ctx.caller.id}`)
      .repo(endpoints)
      .create(
        {
          ...input,
          secret: await sealSecrets(ctx.ports.secrets, endpointId, [{ secret }]),
          ...(permissions ? { permissions: [...permissions] } : {}),
        },
        { id: endpointId },
      );
    return { id: endpointId, url: input.url, events: input.events, secret };
  },
});

export const rotateSecret = defineEndpoint({
  name: 'webhooks.endpoints.rotate-secret',
  summary: 'Give an endpoint a new signing secret; deliveries carry the old signature too for a while',
  access: 'admin',
  input: z.strictObject({
    id: z.string(),
    /** Hours for which the old secret still signs; 0 when it got into wrong hands. */
    overlapHours: z.int().min(0).max(168).default(24),
  }),
  output: z.object({ id: z.string(), secret: z.string(), oldSecretUntil: z.string() }),
  example,
  handle: async (ctx, { id: endpointId, overlapHours }) => {
    await ctx.repo(endpoints).require(endpointId);
    const now = timestamp(ctx.ports.clock);
    const oldSecretUntil = secondsAfter(now, overlapHours * 3_600);
    const secret = newSecret();
    await ctx.asSystem(`secret rotated by ${ctx.caller.id}`).transaction(async (transaction) => {
      const repo = transaction.repo(endpoints);
      const old = await openSecrets(ctx.ports.secrets, await repo.require(endpointId), now);
      const list = [
        { secret },
        ...old.map((one) => ({ secret: one.secret, until: shorter(one.until, oldSecretUntil) })),
      ];
      await repo.patch(endpointId, { secret: await sealSecrets(ctx.ports.secrets, endpointId, list) });
    });
    return { id: endpointId, secret, oldSecretUntil };
  },
});

const shorter = (a: string | undefined, b: string): string => (a !== undefined && a < b ? a : b);

export const test = defineEndpoint({
  name: 'webhooks.endpoints.test',
  summary:
    'Send the event webhooks.test, or the example of another, to an endpoint; the attempt shows what came back',
  access: 'admin',
  status: 202,
  limit: { points: 120, seconds: 60, by: 'principal' },
  input: z.strictObject({
    id: z.string(),
    /** An event of the catalogue, whose example is sent instead. */
    event: z.string().max(120).optional(),
  }),
  output: z.object({ jobId: z.string() }),
  example,
  handle: async (ctx, { id: endpointId, event }) => {
    const endpoint = await ctx.repo(endpoints).require(endpointId);
    if (event !== undefined && !eventsOf(ctx.app).some(({ name }) => name === event))
      throw new Problem('invalid', 'There is no such event.', {
        errors: [{ path: 'event', message: 'Choose one of webhooks.catalogue.', code: 'unknown_event' }],
      });
    if (!endpoint.active) throw new Problem('conflict', 'The endpoint is disabled. Switch it on first.');
    const input = { endpointId, ...(event === undefined ? {} : { event }) };
    return { jobId: (await enqueue(ctx, deliver, input)).id };
  },
});

export const resend = defineEndpoint({
  name: 'webhooks.attempts.resend',
  summary: 'Send the event of an attempt again, now, whether it arrived or not',
  access: 'admin',
  status: 202,
  input: z.strictObject({ id: z.string() }),
  output: z.object({ jobId: z.string(), state: z.string() }),
  example: { id: 'wha_01JD0000000000000000000000' },
  handle: async (ctx, input) => {
    const { jobId } = await ctx.repo(attempts).require(input.id);
    const scope = ctx.asSystem(`sent again by ${ctx.caller.id}`);
    const { state } = await replayJob(scope, jobId, ctx.ports.clock.now());
    return { jobId, state };
  },
});
