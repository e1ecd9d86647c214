import type { App } from '../../kernel/context.ts';
import { oncePer } from '../../kernel/once-per.ts';
import type { QueryResult, Warehouse } from '../../kernel/ports/warehouse.ts';
import { warehouseTables } from '../../kernel/warehouse/warehouse-tables.ts';
import { AnswerCache } from './answer-cache.ts';
import type { Asker } from './catalogue.ts';
import type { CompileContext } from './compile/conditions.ts';
import type { Statement } from './compile/parameters.ts';

const LIMITS = { timeoutMs: 20_000, maxRows: 20_000 };
const CACHE_BYTES = 32_000_000;

/** An apply without changes, so that tables stand before their first record does; once a warehouse. */
const preparation = oncePer((warehouse: Warehouse) => {
  let ready: Promise<unknown> | undefined;
  return ({ registry }: Pick<App, 'registry'>): Promise<unknown> => {
    ready ??= warehouse
      .apply([], warehouseTables(registry), async () => undefined)
      .catch((error: unknown) => {
        ready = undefined;
        throw error;
      });
    return ready;
  };
});

/** Resolves when every table of the warehouse stands. */
export const prepared = (app: App): Promise<unknown> => preparation(app.ports.warehouse)(app);

const answersOf = oncePer((_app: App) => new AnswerCache(CACHE_BYTES));

/**
 * Runs one statement of the compiler, or gives the answer it had if nothing that it is made of has changed since:
 * the tenant's data as the warehouse names it, and the datasets in question. What the caller may see stands in the
 * statement and its values (no two callers who may see different rows have the same); the caller's role is part of
 * the key all the same.
 */
export async function answer(
  asker: Asker,
  { catalogue }: Pick<CompileContext, 'catalogue'>,
  { sql, parameters }: Statement,
): Promise<QueryResult> {
  const { app, tenantId, caller } = asker;
  const { warehouse } = app.ports;
  await prepared(app);
  const run = (): Promise<QueryResult> => warehouse.query(sql, parameters, LIMITS);
  const version = await warehouse.dataVersion(tenantId);
  if (version === undefined) return run();
  const datasets = [...catalogue.sources.values()].flatMap(({ dataset }) =>
    dataset ? [`${dataset.id}:${dataset.version}`] : [],
  );
  const key = [tenantId, caller.kind, caller.role, version, datasets.sort(), sql, parameters];
  return answersOf(app).get(JSON.stringify(key), run);
}
