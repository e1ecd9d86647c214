import { z } from 'zod';
import { ROLES, type Role } from '../access.ts';
import { PLATFORM_TENANT, type SystemContext, type TransactionScope } from '../context.ts';
import { defineCollection, type RecordOf } from '../define.ts';
import { currency } from '../schema.ts';

/** Nodes of the tenant tree; all of them live in the platform's own node. */
export const tenantNodes = defineCollection({
  name: 'tenants.nodes',
  idPrefix: 'ten',
  labels: { one: 'organisation', many: 'organisations' },
  fields: {
    slug: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/),
    name: z.string().trim().min(1).max(200),
    kind: z.enum(['platform', 'reseller', 'client', 'workspace']),
    parentId: z.string(),
    plan: z.string().default('standard'),
    currency: currency.default('EUR'),
    timezone: z.string().max(60).default('UTC'),
    locale: z.string().max(35).default('en'),
  },
  access: { read: 'owner', create: () => false, update: () => false, delete: () => false },
  filters: ['parentId', 'kind'],
  sorts: ['name'],
  unique: ['slug'],
  example: { slug: 'acme', name: 'Acme', kind: 'client', parentId: PLATFORM_TENANT },
  api: 'none',
  warehouse: 'none',
});
export type TenantNode = RecordOf<typeof tenantNodes>;

/** Who belongs to a tenant. The record id is the user's id. */
export const tenantMembers = defineCollection({
  name: 'tenants.members',
  idPrefix: 'usr',
  labels: { one: 'member', many: 'members' },
  fields: { email: z.email(), name: z.string().max(200), role: z.enum(ROLES) },
  access: { read: 'viewer', create: () => false, update: () => false, delete: () => false },
  filters: ['role'],
  lookups: ['email'],
  sorts: ['name'],
  search: ['name', 'email'],
  example: { email: 'ada@example.com', name: 'Ada', role: 'editor' },
  api: 'read-only',
});

/** The tenants a user belongs to, by user id, in the platform's node. The first is where requests without `X-Tenant-Id` work. */
export const tenantMemberships = defineCollection({
  name: 'tenants.memberships',
  idPrefix: 'usr',
  labels: { one: 'membership list', many: 'membership lists' },
  fields: { tenantIds: z.array(z.string()).max(1000) },
  access: { read: () => false, create: () => false, update: () => false, delete: () => false },
  unindexed: ['tenantIds'],
  example: { tenantIds: ['ten_01JD0000000000000000000000'] },
  api: 'none',
  warehouse: 'none',
});

/** `Acme & Söhne` → `acme-sohne`. */
export function slugify(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 50);
  return slug || 'organisation';
}

type TenantOf = (tenantId: string) => TransactionScope;
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

/** Creates a tenant with its first owner, as part of a transaction over the platform and the new node. */
export async function provisionTenant(
  tenant: TenantOf,
  node: { readonly id: string; readonly name: string; readonly slug: string; readonly parentId?: string },
  owner: Person,
): Promise<TenantNode> {
  const { id, name, slug, parentId = PLATFORM_TENANT } = node;
  const created = await tenant(PLATFORM_TENANT)
    .repo(tenantNodes)
    .create({ name, slug, parentId, kind: 'client' }, { id });
  await addMember(tenant, id, owner, 'owner');
  return created;
}

/** Adds a member, in both places that know of it; adding one who is there already changes nothing. */
export async function addMember(
  tenant: TenantOf,
  tenantId: string,
  person: Person,
  role: Role,
): Promise<void> {
  const members = tenant(tenantId).repo(tenantMembers);
  if (await members.get(person.id)) return;
  await members.create({ email: person.email, name: person.name, role }, { id: person.id });
  const memberships = tenant(PLATFORM_TENANT).repo(tenantMemberships);
  const known = await memberships.get(person.id);
  if (known) await memberships.patch(person.id, { tenantIds: [...known.tenantIds, tenantId] });
  else await memberships.create({ tenantIds: [tenantId] }, { id: person.id });
}

/** Removes a member from both places; removing one who is not there changes nothing. Who may do so is for the caller to check. */
export async function removeMember(tenant: TenantOf, tenantId: string, userId: string): Promise<void> {
  const members = tenant(tenantId).repo(tenantMembers);
  if (!(await members.get(userId))) return;
  await members.delete(userId);
  const memberships = tenant(PLATFORM_TENANT).repo(tenantMemberships);
  const known = await memberships.get(userId);
  if (known) await memberships.patch(userId, { tenantIds: known.tenantIds.filter((id) => id !== tenantId) });
}

/** Ids of the tenants a user belongs to. */
export async function tenantsOf(system: SystemContext, userId: string): Promise<readonly string[]> {
  return (await system.platform.repo(tenantMemberships).get(userId))?.tenantIds ?? [];
}
