/**
 * `npm run load -w tests`: loads the platform and a bare server in the same run, turn by turn, and prints the figures of
 * both with their ratio. `-- --help` lists the options.
 */

import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measureImport } from './imports.ts';
import { check, type Measurement, measure } from './measure.ts';
import { printRow, TABLE_HEAD } from './table.ts';
import { CASES, type CaseName, startBare, startMewayz, type Target } from './targets.ts';

/** npm runs scripts in the folder of their package; paths are meant from where it was called. */
const CALLED_FROM = process.env.INIT_CWD ?? process.cwd();

const HELP = `npm run load -w tests -- [options]

  --cases get,list,patch,create,import   what to measure (default: all but import)
  --conc 1,16,64                         connections
  --duration 5                           seconds for each figure
  --warmup 1                             seconds before each figure
  --rounds 1                             turns; the figure is the one with the median rate
  --seed 10000                           contacts in each server before
  --only mewayz|bare                     one server alone
  --rows 100000                          contacts in the import case
  --file path                            CSV of invoices for the import case, plain or gzip
  --json path                            writes the figures there, too
  --profile folder                       CPU profile of the platform, written when it stops`;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: CASES.join(',') },
    conc: { type: 'string', default: '1,16,64' },
    duration: { type: 'string', default: '5' },
    warmup: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '1' },
    seed: { type: 'string', default: '10000' },
    only: { type: 'string' },
    rows: { type: 'string', default: '100000' },
    file: { type: 'string' },
    json: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  if (values.help) {
    console.log(HELP);
    return;
  }
  const wanted = values.cases.split(',');
  const cases = CASES.filter((name) => wanted.includes(name));
  const figures: object[] = [];
  if (cases.length > 0) figures.push(...(await loadBoth(cases)));
  if (wanted.includes('import')) {
    const file = values.file && resolve(CALLED_FROM, values.file);
    figures.push(await measureImport({ rows: Number(values.rows), file, profile: values.profile }));
  }
  if (figures.length === 0)
    throw new Error(`--cases knows ${[...CASES, 'import'].join(', ')}, not ${values.cases}.`);
  if (values.json)
    await writeFile(resolve(CALLED_FROM, values.json), `${JSON.stringify(figures, null, 2)}\n`);
}

async function loadBoth(cases: readonly CaseName[]): Promise<Measurement[]> {
  const targets: Target[] = [];
  try {
    if (values.only !== 'mewayz') targets.push(await startBare());
    if (values.only !== 'bare') targets.push(await startMewayz(values.profile));
    for (const target of targets) await seed(target, Number(values.seed));
    return await loadInTurns(targets, cases);
  } finally {
    await Promise.all(targets.map(({ server }) => server.stop()));
  }
}

async function seed(target: Target, count: number): Promise<void> {
  const start = performance.now();
  await target.seed(count);
  const seconds = (performance.now() - start) / 1_000;
  console.log(`${target.name}: ${count} contacts created, ${Math.round(count / seconds)}/s`);
}

async function loadInTurns(targets: readonly Target[], cases: readonly CaseName[]): Promise<Measurement[]> {
  const [duration, warmup, rounds] = [values.duration, values.warmup, values.rounds].map(Number);
  const figures: Measurement[] = [];
  console.log(TABLE_HEAD);
  for (const name of cases) {
    for (const target of targets) await check(target, name);
    for (const connections of values.conc.split(',').map(Number)) {
      const turns: Measurement[][] = targets.map(() => []);
      for (let round = 0; round < (rounds ?? 1); round++) {
        for (const [index, target] of targets.entries()) {
          if (warmup) await measure(target, name, connections, warmup);
          turns[index]?.push(await measure(target, name, connections, duration ?? 5));
        }
      }
      const medians = turns.map(median);
      const bare = medians.find(({ target }) => target === 'bare');
      for (const figure of medians) printRow(figure, bare);
      figures.push(...medians);
    }
  }
  return figures;
}

/** The turn with the median rate, charged with the failures of all turns. */
function median(turns: readonly Measurement[]): Measurement {
  const sorted = turns.toSorted((a, b) => a.rate - b.rate);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (!middle) throw new RangeError('--rounds is at least 1');
  return { ...middle, failures: turns.reduce((sum, { failures }) => sum + failures, 0) };
}

await main();
