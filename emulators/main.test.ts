import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const run = promisify(execFile);

it('gives a command the addresses of a durable local cloud, and leaves it its own options', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mewayz-cloud-'));
  const script = join(folder, 'client.mjs');
  const modules = new URL('../node_modules/@google-cloud/', import.meta.url).href;
  await writeFile(
    script,
    `import { Firestore } from '${modules}firestore/build/src/index.js';
     const document = new Firestore({ projectId: 'p' }).doc('a/b');
     const times = ((await document.get()).data()?.times ?? 0) + 1;
     await document.set({ times });
     console.log('times', times, Boolean(process.env.PUBSUB_EMULATOR_HOST), process.env.BIGQUERY_EMULATOR_HOST);`,
  );
  const ports = ['--firestore-port', '0', '--pubsub-port', '0', '--bigquery-port', '0'];
  const start = () =>
    run(process.execPath, [MAIN, '--data', join(folder, 'data'), ...ports, process.execPath, script]);
  expect((await start()).stdout).toMatch(/FIRESTORE_EMULATOR_HOST=127\.0\.0\.1:\d+\n.*times 1 true http:/s);
  expect((await start()).stdout).toContain('times 2 true');
  const options = ['-e', 'console.log(process.argv.slice(1).join())', '--', '--data', 'mine'];
  const other = await run(process.execPath, [
    MAIN,
    '--data',
    join(folder, 'data'),
    ...ports,
    process.execPath,
    ...options,
  ]);
  expect(other.stdout).toContain('--data,mine');
  await rm(folder, { recursive: true, force: true });
});
