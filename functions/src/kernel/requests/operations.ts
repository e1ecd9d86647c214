import { moduleHealth } from '../health.ts';
import type { Registry } from '../registry.ts';
import { collectionOperations } from './collection-operations.ts';
import { endpointOperation, type Operation } from './operation.ts';

/** Every operation of the platform, in a stable order. An endpoint takes the place of a collection's operation of its name. */
export function allOperations(registry: Registry): Operation[] {
  return [
    ...[...registry.collections.values()]
      .flatMap(collectionOperations)
      .filter(({ name }) => !registry.endpoints.has(name)),
    ...[...registry.endpoints.values()].map(endpointOperation),
    ...registry.modules
      .filter(({ name }) => !registry.endpoints.has(`${name}.health`))
      .map(({ name }) => moduleHealth(name)),
  ].sort((a, b) => (a.functionName < b.functionName ? -1 : a.functionName > b.functionName ? 1 : 0));
}

/** The HTTP functions and what each serves. */
export function httpFunctions(registry: Registry): ReadonlyMap<string, Operation[]> {
  const functions = new Map<string, Operation[]>();
  for (const operation of allOperations(registry)) {
    const served = functions.get(operation.functionName);
    if (served) served.push(operation);
    else functions.set(operation.functionName, [operation]);
  }
  return functions;
}
