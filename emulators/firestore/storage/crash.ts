/**
 * Kills a process that writes, checkpoints, takes backups, upgrades and downgrades, at random moments, and checks what
 * is left each time. Ends with an error at the first problem, and keeps the folder then.
 * Options: `--minutes 10`, `--directory <folder to work in>`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Acknowledged, crashUpgrading, crashWriting } from '../testing/testing-crash.ts';

// Google's client would look for a metadata server first.
process.env.METADATA_SERVER_DETECTION ??= 'none';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    directory: { type: 'string', default: tmpdir() },
  },
});

const random = (below: number) => Math.floor(Math.random() * below);
const end = Date.now() + Number(values.minutes) * 60_000;
let kills = 0;
let acknowledgements = 0;

while (Date.now() < end) {
  const folder = mkdtempSync(join(values.directory, 'firestore-crash-'));
  const directory = join(folder, 'data');
  const acknowledged: Acknowledged = new Map();
  for (let round = 0; round < 12 && Date.now() < end; round++) {
    const upgrade = round > 0 && random(3) === 0;
    const options = { after: random(4000), bytes: random(4) * random(30_000), backups: random(2) === 0 };
    const problems = upgrade
      ? await crashUpgrading(directory, acknowledged, random(600))
      : await crashWriting(directory, acknowledged, options);
    kills++;
    const total = [...acknowledged.values()].reduce((sum, n) => sum + n, 0);
    console.log(kills, upgrade ? 'upgrade' : JSON.stringify(options), `${total} acknowledged`);
    if (problems.length > 0) {
      console.error([`Kept in ${folder}:`, ...problems].join('\n'));
      process.exit(1);
    }
  }
  acknowledgements += [...acknowledged.values()].reduce((sum, n) => sum + n, 0);
  rmSync(folder, { recursive: true });
}
console.log(
  `${kills} kills, ${acknowledgements} acknowledged commits: nothing lost, every index entry right.`,
);
