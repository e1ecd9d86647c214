/**
 * Prints how often a second usual operations run, as multiples of what the package `@firestore-emulator/server`
 * reaches (which keeps everything in memory), and what a write costs with a listener attached. Every write of the
 * engine is fsynced before it is answered. "(nothing)" is the same door and client with no database behind, "(disk)"
 * an fsync alone: the most that any durable database could reach there.
 *
 * Options: `--full` (a listener at 1,000,000 documents), `--rounds 7`, `--milliseconds 150` (a measurement),
 * `--contacts 1000` (in the queried collection), `--sizes 1000,100000` (of the listeners' databases),
 * `--only servers,clients,listeners`, `--directory` (where the databases are put, default: temporary).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Contenders, openContenders } from './bench/contenders.ts';
import { openDisk } from './bench/disk.ts';
import { measureListeners } from './bench/listeners.ts';
import { fill } from './bench/operations.ts';
import { compareClients, compareServers, type Table } from './bench/speed.ts';

// Google's client would look for a metadata server first, and make spans that nobody reads.
process.env.METADATA_SERVER_DETECTION ??= 'none';
process.env.FIRESTORE_ENABLE_TRACING ??= 'false';

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    milliseconds: { type: 'string', default: '150' },
    contacts: { type: 'string', default: '1000' },
    sizes: { type: 'string' },
    only: { type: 'string', default: 'servers,clients,listeners' },
    directory: { type: 'string', default: tmpdir() },
  },
});
const contacts = Number(values.contacts);
const effort = { rounds: Number(values.rounds), milliseconds: Number(values.milliseconds) };
const sizes = (values.sizes ?? (values.full ? '1000,100000,1000000' : '1000,100000')).split(',').map(Number);

async function withContenders(
  directory: string,
  measure: (contenders: Contenders) => Promise<void>,
): Promise<void> {
  const contenders = await openContenders(directory);
  try {
    for (const { firestore } of Object.values(contenders)) await fill(firestore, contacts);
    await measure(contenders);
  } finally {
    for (const contender of Object.values(contenders)) await contender.close();
  }
}

function print(title: string, table: Table): void {
  console.log(title);
  console.table(table);
}

const directory = mkdtempSync(join(values.directory, 'firestore-bench-'));
const versus = `as multiples of @firestore-emulator/server (median of ${effort.rounds} alternating rounds)`;
try {
  const disk = openDisk(directory);
  await withContenders(directory, async (contenders) => {
    if (values.only.includes('servers')) {
      print(
        `The gRPC door, by a bare client, ${versus}`,
        await compareServers(contenders, disk, contacts, effort),
      );
    }
    if (values.only.includes('clients')) {
      print(`Both doors, by Google's client, ${versus}`, await compareClients(contenders, contacts, effort));
    }
  });
  disk.close();
  if (values.only.includes('listeners')) {
    print('A write, until its listener has it', await measureListeners(directory, sizes, effort));
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
