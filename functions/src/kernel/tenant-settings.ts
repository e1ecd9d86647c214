import { type App, PLATFORM_TENANT } from './context.ts';
import { createExpiringCache, type ExpiringCache } from './expiring-cache.ts';

/** What a tenant has chosen for all its records. */
export interface TenantSettings {
  /** ISO 4217 */
  readonly currency: string;
  /** IANA name */
  readonly timezone: string;
  /** BCP 47 */
  readonly locale: string;
}

const FALLBACK: TenantSettings = { currency: 'EUR', timezone: 'UTC', locale: 'en' };
const caches = new WeakMap<App, ExpiringCache<TenantSettings>>();

/** Reads a tenant's settings from its node; remembered for 5 s. */
export function tenantSettings(app: App, tenantId: string): Promise<TenantSettings> {
  let cache = caches.get(app);
  if (!cache) {
    cache = createExpiringCache(() => app.ports.clock.now(), 5_000);
    caches.set(app, cache);
  }
  return cache.get(tenantId, async () => {
    const node = await app.ports.documents.get(`tenants/${PLATFORM_TENANT}/tenants-nodes/${tenantId}`);
    const { currency, timezone, locale } = {
      ...FALLBACK,
      ...(node?.data as Partial<TenantSettings> | undefined),
    };
    return { currency, timezone, locale };
  });
}
