import type { App } from '../../../kernel/context.ts';
import type { FieldError } from '../../../kernel/errors.ts';
import type { Secrets } from '../../../kernel/ports/secrets.ts';
import { seal, unseal } from '../../../kernel/seal.ts';
import { audienceOf, type SourceConfig, secretsOf } from './kinds.ts';

type Values = Readonly<Record<string, string>>;

/** What is kept of a source's secrets. */
interface Kept {
  readonly sealed?: string;
  readonly secretNames: string[];
}

/** The part of a stored source that secrets are about. */
export interface Holder {
  readonly id: string;
  readonly config: SourceConfig;
  readonly sealed?: string | undefined;
}

/** The secrets of a source, by name. */
export async function openSecrets(secrets: Secrets, { id, sealed }: Holder): Promise<Values> {
  return sealed === undefined ? {} : (JSON.parse(await unseal(secrets, id, sealed)) as Values);
}

/** Seals what was given over what was kept; what cannot be is added to `errors`. */
export async function keepSecrets(
  app: App,
  id: string,
  config: SourceConfig,
  given: Values | undefined,
  previous: Holder | undefined,
  errors: FieldError[],
): Promise<Kept> {
  const values = await usableSecrets(app, config, given, previous, errors);
  const secretNames = Object.keys(values).sort();
  if (secretNames.length === 0) return { secretNames };
  // An unchanged text, so that a write which is about something else shows no change of it.
  if (given === undefined && previous?.sealed && sameAudience(config, previous))
    return { sealed: previous.sealed, secretNames };
  return { sealed: await seal(app.ports.secrets, id, JSON.stringify(values)), secretNames };
}

const sameAudience = (config: SourceConfig, previous: Holder): boolean =>
  audienceOf(config) === audienceOf(previous.config);

/** Secrets kept for one place are never sent to another: there they have to be entered again. */
export async function usableSecrets(
  app: App,
  config: SourceConfig,
  given: Values = {},
  previous: Holder | undefined,
  errors: FieldError[],
): Promise<Values> {
  const names = secretsOf(config);
  for (const name of Object.keys(given))
    if (!names.includes(name))
      errors.push({ path: `secrets.${name}`, message: 'This source has no such secret.', code: 'unknown' });
  const old = previous ? await openSecrets(app.ports.secrets, previous) : {};
  if (previous && !sameAudience(config, previous)) {
    for (const name of Object.keys(old))
      if (names.includes(name) && given[name] === undefined)
        errors.push({
          path: `secrets.${name}`,
          message: 'The address has changed: enter this again.',
          code: 'enter_again',
        });
    return filled(given);
  }
  return filled({ ...old, ...given });
}

const filled = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
