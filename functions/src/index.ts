import { compose } from './adapters/compose.ts';
import { exportFunctions, relayFunction } from './export-functions.ts';
import { once } from './kernel/once.ts';
import { createRegistry } from './kernel/registry.ts';
import { modules } from './modules.ts';

const registry = createRegistry(modules);

/** The platform, composed when the first function is called. */
const platformOnce = once(() => compose(registry, process.env));
const start = platformOnce.get;

/** Flushes and closes what the functions opened; the host calls it before it exits. */
export const close = async (): Promise<void> => {
  await (await platformOnce.made())?.close();
};

/** Every endpoint, subscriber and schedule, as Cloud Functions grouped by module. A test checks that no module is missing. */
export const {
  analytics,
  auth,
  commerce,
  crm,
  datasets,
  finance,
  hooks,
  imports,
  insights,
  jobs,
  platform,
  tenants,
  webhooks,
} = exportFunctions(registry, start);

export const relay = { changes: relayFunction(start) };
