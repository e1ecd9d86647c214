import { z } from 'zod';

const environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  HOST: z.string().min(1).default('127.0.0.1'),
  MEWAYZ_DATA_DIR: z.string().min(1).default('.data'),
  MEWAYZ_MODE: z.enum(['selfhost', 'emulators', 'cloud']).default('selfhost'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  GOOGLE_CLOUD_PROJECT: z.string().min(1).default('mewayz'),
  /** Which proxies' X-Forwarded-* headers to believe: a number of hops, or addresses, as Express's "trust proxy". */
  MEWAYZ_TRUST_PROXY: z
    .string()
    .regex(/^(\d+|[\w.:/, ]+)$/)
    .optional(),
  /** Lets callers that are not on this machine read /metrics, with `Authorization: Bearer …`. */
  MEWAYZ_METRICS_TOKEN: z.string().min(16).optional(),
});

export type Environment = z.output<typeof environment>;

export class EnvironmentError extends Error {
  constructor(error: z.ZodError) {
    super(`The environment is not valid.\n${z.prettifyError(error)}`);
    this.name = 'EnvironmentError';
  }
}

/** Reads the variables this server knows. An empty one counts as unset. Throws an EnvironmentError that names each. */
export function readEnvironment(variables: Record<string, string | undefined>): Environment {
  const set = Object.entries(variables).filter(([, value]) => value !== '');
  const result = environment.safeParse(Object.fromEntries(set));
  if (!result.success) throw new EnvironmentError(result.error);
  return result.data;
}
