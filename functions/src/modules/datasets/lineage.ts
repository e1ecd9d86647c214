import { decide, permits } from '../../kernel/access.ts';
import type { Scope } from '../../kernel/context.ts';
import type { Collection } from '../../kernel/define.ts';
import { datasets, loads } from './datasets.collection.ts';
import { MAX_RULES, rules } from './quality/rules.collection.ts';
import { sources } from './sources/sources.collection.ts';

/** Something data goes through on its way. */
export interface LineageNode {
  readonly id: string;
  readonly kind: 'source' | 'load' | 'dataset' | 'rule' | 'metric' | 'chart';
  readonly label: string;
  /** How it stands, of loads and rules. */
  readonly state?: string;
  /** Since when: when a load was made, a rule was checked, a source was read. RFC 3339. */
  readonly at?: string;
}

/** Data goes from one node to the other. */
export interface LineageEdge {
  readonly from: string;
  readonly to: string;
}

export interface Lineage {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

/** The newest loads, of which the older ones are like. */
const LOADS = 20;
const SOURCES = 50;

/** Where a dataset's rows come from and what is asked of them, as far as the caller may know. Throws `not_found`. */
export async function datasetLineage(scope: Pick<Scope, 'caller' | 'repo'>, id: string): Promise<Lineage> {
  const dataset = await scope.repo(datasets).require(id);
  const filters = [{ field: 'datasetId', operator: 'eq', value: id }] as const;
  const own = { filters, sort: [{ field: 'createdAt', direction: 'desc' }] } as const;
  const [read, loaded, checked] = await Promise.all([
    maySee(scope, sources) ? scope.repo(sources).list({ ...own, limit: SOURCES }) : { items: [] },
    maySee(scope, loads) ? scope.repo(loads).list({ ...own, limit: LOADS }) : { items: [] },
    maySee(scope, rules) ? scope.repo(rules).list({ ...own, limit: MAX_RULES }) : { items: [] },
  ]);
  const loadNodes = loaded.items.map(({ id: load, fileName, state, createdAt, sourceId }) => {
    const label = fileName ?? read.items.find((source) => source.id === sourceId)?.name ?? load;
    return { id: load, kind: 'load', label, state, at: createdAt } as const;
  });
  const fromSource = loaded.items.filter(({ sourceId }) => read.items.some((one) => one.id === sourceId));
  // What has loaded nothing of late still leads here.
  const idle = read.items.filter((source) => !fromSource.some(({ sourceId }) => sourceId === source.id));
  return {
    nodes: [
      ...read.items.map(({ id: source, name, lastRunAt }) => {
        return { id: source, kind: 'source', label: name, ...(lastRunAt ? { at: lastRunAt } : {}) } as const;
      }),
      ...loadNodes,
      { id, kind: 'dataset', label: dataset.name, ...(dataset.loadedAt ? { at: dataset.loadedAt } : {}) },
      ...checked.items.map(({ id: rule, name, state, checkedAt }) => {
        return {
          id: rule,
          kind: 'rule',
          label: name,
          state,
          ...(checkedAt ? { at: checkedAt } : {}),
        } as const;
      }),
    ],
    edges: [
      ...fromSource.map((load) => ({ from: load.sourceId ?? '', to: load.id })),
      ...idle.map((source) => ({ from: source.id, to: id })),
      // What came to nothing leads nowhere.
      ...loaded.items.filter(({ state }) => state === 'done').map((load) => ({ from: load.id, to: id })),
      ...checked.items.map((rule) => ({ from: id, to: rule.id })),
    ],
  };
}

/** Whether the caller may read a collection at all. */
export const maySee = ({ caller }: Pick<Scope, 'caller'>, { name, options }: Collection): boolean =>
  decide(options.access.read, caller) !== false && permits(caller, `${name}.read`);
