import { type App, PLATFORM_TENANT } from '../context.ts';
import { createExpiringCache } from '../expiring-cache.ts';
import { oncePer } from '../once-per.ts';

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
const cacheOf = oncePer(({ ports }: App) =>
  createExpiringCache<TenantSettings>(() => ports.clock.now(), 5_000),
);

/** Reads a tenant's settings from its node; remembered for 5 s. */
export function tenantSettings(app: App, tenantId: string): Promise<TenantSettings> {
  return cacheOf(app).get(tenantId, async () => {
    const node = await app.ports.documents.get(`tenants/${PLATFORM_TENANT}/tenants-nodes/${tenantId}`);
    const { currency, timezone, locale } = {
      ...FALLBACK,
      ...(node?.data as Partial<TenantSettings> | undefined),
    };
    return { currency, timezone, locale };
  });
}
