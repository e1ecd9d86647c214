import { z } from 'zod';
import type { Ports, Scope } from '../../../kernel/context.ts';
import { defineEndpoint } from '../../../kernel/define.ts';
import { timestamp } from '../../../kernel/ports/clock.ts';
import { type Dataset, datasets } from '../datasets.collection.ts';
import { evaluate, type Subject } from './evaluate.ts';
import { rulesOf, writeFindings } from './findings.ts';
import { type Rule, rules } from './rules.collection.ts';

export const check = defineEndpoint({
  name: 'datasets.rules.check',
  summary: 'Check the rules of a dataset, or one of them, on its rows as they stand',
  access: 'editor',
  input: z.strictObject({ datasetId: z.string(), ruleId: z.string().optional() }),
  output: z.object({ items: z.array(z.looseObject({ id: z.string(), state: z.string() })) }),
  example: { datasetId: 'dat_01JD0000000000000000000000' },
  handle: async (ctx, { datasetId, ruleId }) => {
    const dataset = await ctx.repo(datasets).require(datasetId);
    const all = await rulesOf(ctx, datasetId);
    const wanted = ruleId === undefined ? all : all.filter(({ id }) => id === ruleId);
    if (ruleId !== undefined && wanted.length === 0) await ctx.repo(rules).require(ruleId);
    await checkNow(ctx, ctx.ports, dataset, wanted);
    const items = await Promise.all(wanted.map(({ id }) => ctx.repo(rules).get(id)));
    return { items: items.flatMap((rule) => (rule ? [{ ...rule }] : [])) };
  },
});

/** Checks rules on a dataset as it stands, and writes down what was found. */
export async function checkNow(
  scope: Scope,
  ports: Ports,
  dataset: Dataset,
  wanted: readonly Rule[],
): Promise<void> {
  const subject = subjectOf(scope, ports, dataset);
  const findings = await evaluate(subject, wanted);
  const occasion = {
    at: timestamp(ports.clock),
    ...(subject.newest ? { measuredPart: subject.newest.name } : {}),
  };
  await scope
    .asSystem('check')
    .transaction((transaction) => writeFindings(transaction, wanted, findings, occasion));
}

/** A dataset as it stands; its newest part is the last that was delivered, not one that was corrected. */
export function subjectOf(scope: Scope, ports: Ports, dataset: Dataset): Subject {
  const newest = dataset.parts.findLast(({ mends }) => !mends) ?? dataset.parts.at(-1);
  return {
    ports,
    tenantId: scope.tenantId,
    dataset,
    newest,
    older: dataset.parts.filter((part) => part !== newest),
    other: (id) => scope.repo(datasets).get(id),
  };
}
