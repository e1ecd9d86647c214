import { Readable } from 'node:stream';
import { z } from 'zod';
import { defineEndpoint } from '../../../kernel/define.ts';
import { type FieldError, Problem } from '../../../kernel/errors.ts';
import { lookAt, uploadKey } from '../upload.ts';
import { beginning } from './beginning.ts';
import type { Fetching } from './kind.ts';
import { SourceFailed, SourceRefused } from './kind.ts';
import { checkConfig, config, fetchFrom, refuseUse } from './kinds.ts';
import { recordLines } from './records.ts';
import { usableSecrets } from './secrets.ts';
import { sources } from './sources.collection.ts';

/** A file that has to be there whole before its beginning can be read. */
const MAX_BYTES = 64 * 2 ** 20;
const TIMEOUT_MS = 30_000;

export const preview = defineEndpoint({
  name: 'datasets.sources.preview',
  summary: 'Read the beginning of a source and learn what is in it; nothing of it is kept',
  access: 'editor',
  limit: { points: 30, seconds: 60, by: 'principal' },
  input: z.strictObject({
    /** A source whose settings and secrets are used. */
    id: z.string().optional(),
    /** Settings to try instead of, or without, a saved source's. */
    config: config.optional(),
    secrets: z.record(z.string().max(40), z.string().max(8_000)).optional(),
  }),
  output: z.object({
    layout: z.looseObject({ format: z.string() }),
    columns: z.array(z.looseObject({ source: z.string(), name: z.string(), type: z.string() })),
    rows: z.int(),
    warnings: z.array(z.string()),
  }),
  example: { id: 'src_01JD0000000000000000000000' },
  handle: async (ctx, { id, config: draft, secrets: given }) => {
    if (id !== undefined) await ctx.repo(sources).require(id);
    const scope = ctx.asSystem(`source preview by ${ctx.caller.id}`);
    const saved = id === undefined ? undefined : await scope.repo(sources).require(id);
    const tried = draft ?? saved?.config;
    if (!tried)
      throw invalid([{ path: 'config', message: 'Name a source by id, or give settings.', code: 'missing' }]);
    refuseUse(tried, ctx.caller);
    const errors = checkConfig(tried, ctx.app).map((error) => ({ ...error, path: `config.${error.path}` }));
    const secrets = await usableSecrets(ctx.app, tried, given, saved, errors);
    if (errors.length > 0) throw invalid(errors);
    const fetching: Fetching = {
      app: ctx.app,
      ports: ctx.ports,
      scope,
      sourceId: id,
      secrets,
      preview: true,
      maxBytes: MAX_BYTES,
    };
    const signal = AbortSignal.any([ctx.signal(), AbortSignal.timeout(TIMEOUT_MS)]);
    try {
      return await look(fetching, () => fetchFrom(fetching, tried, {}, signal));
    } catch (error) {
      if (error instanceof SourceRefused || error instanceof SourceFailed)
        throw invalid([{ path: 'config', message: error.message, code: 'source_failed' }], error);
      if (signal.aborted && signal.reason instanceof DOMException)
        throw invalid(
          [{ path: 'config', message: 'It took too long to answer.', code: 'source_failed' }],
          error,
        );
      throw error;
    }
  },
});

const invalid = (errors: readonly FieldError[], cause?: unknown): Problem =>
  new Problem('invalid', 'The source cannot be read.', { errors, cause });

/** Looks at the beginning of what comes, in a file that is gone afterwards. */
async function look({ app, ports, scope }: Fetching, fetch: () => ReturnType<typeof fetchFrom>) {
  const fetched = await fetch();
  if ('unchanged' in fetched) throw new SourceRefused('It has nothing to show.');
  const lines = 'records' in fetched ? recordLines(fetched.records) : undefined;
  const { format, choice = {} } = 'content' in fetched ? fetched : { format: 'ndjson' as const };
  const content = 'content' in fetched ? fetched.content : Readable.from(lines?.text ?? []);
  const key = uploadKey(scope.tenantId, app.ids.next('upl'));
  try {
    await ports.files.write(key, Readable.from(beginning(content, format)), { maxBytes: MAX_BYTES });
    if (lines?.count() === 0) throw new SourceRefused('It answered without a single record.');
    const { layout, columns, rows, warnings } = await lookAt(ports, key, format, choice);
    return { layout, columns, rows, warnings };
  } finally {
    content.destroy();
    await ports.files.delete(key);
  }
}
