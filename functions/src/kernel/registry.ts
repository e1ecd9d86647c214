import type { Collection, Endpoint, Metric, Module, Schedule, Subscriber } from './define.ts';
import type { Job } from './jobs/jobs.ts';
import type { Authenticator, TenantResolver } from './requests/identity.ts';

/** Everything the modules declare, checked once and indexed by name. */
export interface Registry {
  readonly modules: readonly Module[];
  readonly collections: ReadonlyMap<string, Collection>;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly subscribers: readonly Subscriber[];
  readonly schedules: readonly Schedule[];
  readonly metrics: ReadonlyMap<string, Metric>;
  readonly jobs: ReadonlyMap<string, Job>;
  readonly authenticators: readonly Authenticator[];
  readonly tenants: TenantResolver;
}

function byName<T extends { readonly name: string }>(
  kind: string,
  items: readonly T[],
): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const item of items) {
    if (map.has(item.name)) throw new TypeError(`two ${kind} are called ${item.name}`);
    map.set(item.name, item);
  }
  return map;
}

/** Throws a TypeError that names the declaration when names clash or something is missing. */
export function createRegistry(modules: readonly Module[]): Registry {
  const resolvers = modules.flatMap((module) => (module.tenants ? [module.tenants] : []));
  const [tenants] = resolvers;
  if (!tenants || resolvers.length !== 1) throw new TypeError('exactly one module must find tenants');
  const collections = byName(
    'collections',
    modules.flatMap((module) => module.collections),
  );
  for (const module of modules)
    for (const { name } of [
      ...module.collections,
      ...module.endpoints,
      ...module.subscribers,
      ...module.schedules,
      ...module.jobs,
    ])
      if (!name.startsWith(`${module.name}.`))
        throw new TypeError(`${name} is declared in module ${module.name}`);
  for (const subscriber of modules.flatMap((module) => module.subscribers))
    if (collections.has(subscriber.name))
      throw new TypeError(`${subscriber.name} is a collection and a subscriber`);
  return {
    modules,
    collections,
    endpoints: byName(
      'endpoints',
      modules.flatMap((module) => module.endpoints),
    ),
    subscribers: [
      ...byName(
        'subscribers',
        modules.flatMap((module) => module.subscribers),
      ).values(),
    ],
    schedules: [
      ...byName(
        'schedules',
        modules.flatMap((module) => module.schedules),
      ).values(),
    ],
    metrics: byName(
      'metrics',
      modules.flatMap((module) => module.metrics),
    ),
    jobs: byName(
      'jobs',
      modules.flatMap((module) => module.jobs),
    ),
    authenticators: modules.flatMap((module) => module.authenticators),
    tenants,
  };
}
