import { expect, it } from 'vitest';
import { httpFunctions } from '../../functions/src/kernel/requests/operations.ts';
import { modules } from '../../functions/src/modules.ts';
import { findFunctions } from '../../selfhost/src/discover.ts';
import { operations, registry } from '../support/registry.ts';

const dashed = (name: string): string => name.replaceAll('.', '-');
const expected = [
  ...httpFunctions(registry).keys(),
  ...[...registry.subscribers, ...registry.schedules].map(({ name }) => dashed(name)),
  'relay-changes',
].sort();

it('every module is exported by index.ts', async () => {
  const index: Record<string, unknown> = await import('../../functions/src/index.ts');
  for (const { name } of modules)
    expect({ name, exported: typeof index[name] }).toEqual({
      name,
      exported: expect.stringMatching(/object|function/),
    });
});

it('the functions in index.ts are those that the declarations ask for', async () => {
  const index = await import('../../functions/src/index.ts');
  expect([...findFunctions(index).keys()].sort()).toEqual(expected);
});

it('firebase-functions’ own loader finds the same functions, each where the Functions Framework looks for it', async () => {
  const index: Record<string, unknown> = await import('../../functions/src/index.ts');
  const loader = new URL('../../node_modules/firebase-functions/lib/runtime/loader.js', import.meta.url);
  const { extractStack } = await import(loader.href);
  const endpoints: Record<string, { entryPoint: string }> = {};
  extractStack(index, endpoints, [], {});
  expect(Object.keys(endpoints).sort()).toEqual(expected);
  for (const [name, { entryPoint }] of Object.entries(endpoints)) {
    const found = entryPoint
      .split('.')
      .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], index);
    expect({ name, entryPoint, type: typeof found }).toEqual({ name, entryPoint, type: 'function' });
  }
});

it('names are unique: operations, routes, functions on them, and prefixes of ids', () => {
  const twice = (values: string[]): string[] =>
    values.filter((value, index) => values.indexOf(value) !== index);
  expect(twice(operations.map(({ name }) => name))).toEqual([]);
  expect(twice(operations.map(({ method, path }) => `${method} ${path}`))).toEqual([]);
  // A member is known by the id of the user.
  const people = ['auth.users', 'tenants.members', 'tenants.memberships'];
  expect(
    twice(
      [...registry.collections.values()]
        .filter(({ name }) => !people.includes(name))
        .map(({ options }) => options.idPrefix),
    ),
  ).toEqual([]);
});

it('route, function and permission are one name', () => {
  for (const { name, functionName, permission } of operations)
    expect({
      name,
      fits: dashed(name).startsWith(functionName) && permission.startsWith(`${name.split('.')[0]}.`),
    }).toEqual({ name, fits: true });
});

it('every collection has an example that its own schema accepts, and every declared filter and sort is a field', async () => {
  const { filterFields, sortFields } = await import('../../functions/src/kernel/lists/list-query.ts');
  for (const collection of registry.collections.values()) {
    expect({
      name: collection.name,
      issues: collection.input.safeParse(collection.options.example).error?.issues,
    }).toEqual({ name: collection.name, issues: undefined });
    expect(() => [filterFields(collection), sortFields(collection)]).not.toThrow();
  }
});
