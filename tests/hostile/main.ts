/** `npm run hostile -w tests`: sends every hostile query to one server and prints how each family was answered. */
import { loadavg } from 'node:os';
import { corpus } from './corpus.ts';
import { attackAll, everything, isWell } from './run.ts';
import { createHostileWorld } from './world.ts';

const world = await createHostileWorld();
try {
  const attacks = [...(await everything(world)), ...corpus(world.victim)];
  const started = performance.now();
  const { statuses, slowestMs, breaches } = await attackAll(world, attacks);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const well = await isWell(world);
  console.log({
    attacks: attacks.length,
    seconds,
    slowestMs,
    well,
    load: loadavg().map((load) => load.toFixed(1)),
  });
  console.table(statuses);
  for (const breach of breaches) console.log(JSON.stringify(breach).slice(0, 1_500));
  console.log(`${breaches.length} breaches`);
  if (breaches.length > 0 || !well) process.exitCode = 1;
} finally {
  await world.server.remove();
}
