import { z } from 'zod';
import { defineCollection } from '../../kernel/define.ts';
import { HTTP_FAILURES } from '../../kernel/ports/http.ts';

/** One call to an endpoint, and what came back. */
export const attempts = defineCollection({
  name: 'webhooks.attempts',
  idPrefix: 'wha',
  labels: { one: 'webhook attempt', many: 'webhook attempts' },
  fields: {
    endpointId: z.string(),
    /** The delivery, of which this is one attempt: a record of `jobs.jobs`. */
    jobId: z.string(),
    /** The header `webhook-id`: the same for every attempt, and for every endpoint that is sent the event. */
    messageId: z.string(),
    event: z.string(),
    /** 1, 2, … since the delivery was scheduled or sent again. */
    number: z.int(),
    outcome: z.enum(['delivered', 'failed']),
    url: z.string(),
    /** Without the signature. */
    requestHeaders: z.record(z.string(), z.string()),
    /** The first 64 K characters: the log must have room for what is sent, which may be as large as a document. */
    requestBody: z.string(),
    responseStatus: z.int().optional(),
    responseHeaders: z.record(z.string(), z.string()).optional(),
    /** The first 4 KB; when the attempt failed on the way, what had come by then. */
    responseBody: z.string().optional(),
    durationMs: z.int(),
    /** Why it failed: the address may not be called, a failure of the port, a redirect, or another status than 2xx. */
    errorKind: z.enum(['refused', ...HTTP_FAILURES, 'redirect', 'status']).optional(),
    error: z.string().optional(),
  },
  access: { read: 'admin', create: () => false, update: () => false, delete: () => false },
  filters: ['endpointId', 'outcome', 'event', 'errorKind'],
  lookups: ['jobId', 'messageId'],
  unindexed: ['requestHeaders', 'requestBody', 'responseHeaders', 'responseBody'],
  example: {
    endpointId: 'who_01JD0000000000000000000000',
    jobId: 'job_01JD0000000000000000000000',
    messageId: 'msg_01JD0000000000000000000000',
    event: 'finance.invoices.created',
    number: 1,
    outcome: 'delivered',
    url: 'https://example.com/hooks',
    requestHeaders: {},
    requestBody: '{}',
    durationMs: 20,
  },
  api: 'read-only',
  warehouse: 'none',
});
