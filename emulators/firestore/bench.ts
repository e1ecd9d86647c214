/**
 * Prints how often a second usual operations run, as multiples of what the package `@firestore-emulator/server`
 * reaches (which keeps everything in memory), and what a write costs with a listener attached. Every write of the
 * engine is fsynced before it is answered. "Nothing" is the same door and client with no database behind: the most
 * that any database could reach.
 *
 * Options: `--full` (a listener at 1,000,000 documents), `--rounds 7`, `--milliseconds 150` (a measurement),
 * `--contacts 1000` (in the queried collection), `--directory` (where the databases are put, default: temporary).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ContenderName, openContenders } from './bench/contenders.ts';
import { measureListeners } from './bench/listeners.ts';
import { fill, operations } from './bench/operations.ts';
import { inTurn, median, rate, ratio } from './bench/rounds.ts';

// Google's client would look for a metadata server first.
process.env.METADATA_SERVER_DETECTION ??= 'none';

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    milliseconds: { type: 'string', default: '150' },
    contacts: { type: 'string', default: '1000' },
    sizes: { type: 'string' },
    directory: { type: 'string', default: tmpdir() },
  },
});
const rounds = Number(values.rounds);
const milliseconds = Number(values.milliseconds);

const times = (figure: number) => `${figure.toFixed(figure < 10 ? 1 : 0)}×`;

async function compareOperations(directory: string): Promise<Record<string, Record<string, string>>> {
  const contenders = await openContenders(directory);
  const names = Object.keys(contenders) as ContenderName[];
  try {
    const contacts = Number(values.contacts);
    for (const name of names) await fill(contenders[name].firestore, contacts);
    const rows: Record<string, Record<string, string>> = {};
    for (const [title, operation] of Object.entries(operations(contacts))) {
      for (const clients of [1, 32]) {
        const measured = Object.fromEntries(
          names.map((name) => [
            name,
            () => rate((n) => operation(contenders[name].firestore, n), clients, milliseconds),
          ]),
        ) as Record<ContenderName, () => Promise<number>>;
        // What is compiled while it runs is slow at first.
        await inTurn(measured, 2);
        const figures = await inTurn(measured, rounds);
        const columns = names.map((name) => [
          name === 'peer' ? 'peer, a second' : name,
          name === 'peer' ? median(figures.peer).toFixed(0) : times(ratio(figures[name], figures.peer)),
        ]);
        rows[`${title}, ${clients} client${clients > 1 ? 's' : ''}`] = Object.fromEntries(columns);
      }
    }
    return rows;
  } finally {
    for (const name of names) await contenders[name].close();
  }
}

const directory = mkdtempSync(join(values.directory, 'firestore-bench-'));
try {
  console.log(`Speed, as multiples of @firestore-emulator/server (median of ${rounds} alternating rounds)`);
  console.table(await compareOperations(directory));
  const sizes = (values.sizes ?? (values.full ? '1000,100000,1000000' : '1000,100000')).split(',');
  console.log('A write with listeners attached, from the call until the listener has it');
  console.table(await measureListeners(directory, sizes.map(Number), rounds, milliseconds));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
