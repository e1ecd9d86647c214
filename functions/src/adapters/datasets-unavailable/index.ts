import { Problem } from '../../kernel/errors.ts';
import type { Datasets } from '../../kernel/ports/datasets.ts';

/** For warehouses that cannot read files of their own: every call is `unavailable`. */
export function createUnavailableDatasets(): Datasets {
  const refuse = (): never => {
    throw new Problem('unavailable', 'Datasets need the warehouse of a self-hosted server.');
  };
  return {
    engine: 'none',
    inspect: async () => refuse(),
    load: async () => refuse(),
    quarantine: async () => refuse(),
    relation: refuse,
    list: async () => [],
    export: async () => refuse(),
    remove: async () => refuse(),
  };
}
