import { killAndVerify } from './rounds.ts';

/** `npm run chaos -w tests [-- rounds [seed]]`: 25 kills under load, each verified in full. Prints the seed, so that a run can be repeated. */
const [rounds = '25', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);
console.log(`seed ${seed}`);
const started = Date.now();
const report = await killAndVerify({
  rounds: Number(rounds),
  seed: Number(seed),
  progress: (text) => console.log(text),
});
console.log(
  `${report.rounds} kills, ${report.acknowledged} acknowledged writes: none lost, each with one change, each in the warehouse once, each told to a webhook receiver (${report.calls} calls) (${Math.round((Date.now() - started) / 1000)} s)`,
);
