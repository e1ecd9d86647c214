import { z } from 'zod';
import type { Caller } from '../../../kernel/access.ts';
import type { App } from '../../../kernel/context.ts';
import { type FieldError, Problem } from '../../../kernel/errors.ts';
import { googleSheet } from './google-sheet.ts';
import { graphql } from './graphql.ts';
import type { Cursor, Fetched, Fetching, SourceKind } from './kind.ts';
import { mysql } from './mysql.ts';
import { postgres } from './postgres.ts';
import { rest } from './rest.ts';
import { url } from './url.ts';
import { webhook } from './webhook.ts';

/** Every kind of source. A new one: a file, and its line here twice. */
export const config = z.discriminatedUnion('kind', [
  url.config,
  googleSheet.config,
  rest.config,
  graphql.config,
  webhook.config,
  postgres.config,
  mysql.config,
]);
export type SourceConfig = z.output<typeof config>;

const KINDS: { readonly [Kind in SourceConfig['kind']]: SourceKind } = {
  url: erased(url),
  'google-sheet': erased(googleSheet),
  rest: erased(rest),
  graphql: erased(graphql),
  webhook: erased(webhook),
  postgres: erased(postgres),
  mysql: erased(mysql),
};

/** A kind whose own config type is no longer known: `config` above has checked what it is given. */
function erased<Config extends z.ZodObject>(kind: SourceKind<Config>): SourceKind {
  return kind as unknown as SourceKind;
}

export const secretsOf = ({ kind }: SourceConfig): readonly string[] => KINDS[kind].secrets;
export const audienceOf = (of: SourceConfig): string => `${of.kind} ${KINDS[of.kind].audience(of)}`;
/** Throws `forbidden` for a caller who may not see what the source would bring. */
export function refuseUse({ kind }: SourceConfig, caller: Caller): void {
  if (KINDS[kind].mayUse?.(caller) === false)
    throw new Problem('forbidden', `You may not read from a source of the kind ${kind}.`);
}
export const checkConfig = (of: SourceConfig, app: App): readonly FieldError[] =>
  KINDS[of.kind].check?.(of, app) ?? [];
export const fetchFrom = (
  fetching: Fetching,
  of: SourceConfig,
  cursor: Cursor,
  signal: AbortSignal,
): Promise<Fetched> => KINDS[of.kind].fetch(fetching, of, cursor, signal);
