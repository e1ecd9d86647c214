/** Roles within a tenant, weakest first. A role may do what every weaker one may. */
export const ROLES = ['viewer', 'editor', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** Who acts. `system` is the platform itself, and always says why (`ctx.asSystem(reason)`). */
export interface Caller {
  readonly kind: 'user' | 'api_key' | 'system' | 'webhook';
  readonly id: string;
  readonly role: Role;
  /** Permissions an API key is narrowed to (`crm.contacts.read`, `crm.*`); absent means all of the role. */
  readonly permissions?: readonly string[];
  /** Why the system acts; recorded in every change it makes. */
  readonly reason?: string;
}

/** Records whose fields equal these values. */
export type RecordFilter = Readonly<Record<string, string | number | boolean>>;

/** Yes, no, or yes for some records. */
export type Decision = boolean | RecordFilter;

/** The weakest role that may, or a function of the caller. */
export type AccessRule = Role | ((caller: Caller) => Decision);

/** What may be done with a collection, one rule an action. All are required: nothing is open by omission. */
export interface CollectionAccess {
  readonly read: AccessRule;
  readonly create: AccessRule;
  readonly update: AccessRule;
  readonly delete: AccessRule;
}

export const hasRole = (caller: Caller, role: Role): boolean =>
  ROLES.indexOf(caller.role) >= ROLES.indexOf(role);

/** Applies a rule to a caller. The system may do everything. */
export function decide(rule: AccessRule, caller: Caller): Decision {
  if (caller.kind === 'system') return true;
  return typeof rule === 'string' ? hasRole(caller, rule) : rule(caller);
}

/** Whether a record passes a decision. */
export function allows(decision: Decision, record: Readonly<Record<string, unknown>>): boolean {
  if (typeof decision === 'boolean') return decision;
  return Object.entries(decision).every(([field, value]) => record[field] === value);
}

/** Whether an API key's permissions, if it is narrowed at all, cover an operation. */
export function permits(caller: Caller, permission: string): boolean {
  if (!caller.permissions) return true;
  return caller.permissions.some(
    (granted) =>
      granted === permission || (granted.endsWith('.*') && permission.startsWith(granted.slice(0, -1))),
  );
}
