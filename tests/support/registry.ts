import type { Caller, Role } from '../../functions/src/kernel/access.ts';
import { decide } from '../../functions/src/kernel/access.ts';
import type { Collection } from '../../functions/src/kernel/define.ts';
import { createRegistry } from '../../functions/src/kernel/registry.ts';
import type { Operation } from '../../functions/src/kernel/requests/operation.ts';
import { allOperations } from '../../functions/src/kernel/requests/operations.ts';
import { modules } from '../../functions/src/modules.ts';

/** The declarations the tests are generated from: the same that serve the API. */
export const registry = createRegistry(modules);
export const operations: readonly Operation[] = allOperations(registry);

/** The collection an operation was derived from, if it was. */
export function collectionOf({ name, functionName }: Operation): Collection | undefined {
  const collection = registry.collections.get(name.slice(0, name.lastIndexOf('.')));
  return collection?.key === functionName ? collection : undefined;
}

/** `list`, `create`, …, for operations of collections. */
export const actionOf = (operation: Operation): string | undefined =>
  collectionOf(operation) && operation.name.slice(operation.name.lastIndexOf('.') + 1);

/** Whether a member of this role may call the operation at all. */
export function roleMay({ access }: Operation, role: Role, kind: Caller['kind'] = 'user'): boolean {
  return (
    access === 'public' || access === 'signed-in' || decide(access, { kind, id: 'anybody', role }) !== false
  );
}

/** The collection whose records have ids like this one. */
export function collectionOfId(id: string): Collection | undefined {
  const prefix = /^([a-z]+)_[0-9A-Za-z]+$/.exec(id)?.[1];
  return prefix === 'usr'
    ? registry.collections.get('tenants.members')
    : [...registry.collections.values()].find(({ options }) => options.idPrefix === prefix);
}
