import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { invoiceChanges, noDocuments, TABLES } from '../../kernel/testing/warehouse-changes.ts';
import { openDuckDbWarehouse } from './index.ts';

const fixture = fileURLToPath(new URL('./writer.fixture.ts', import.meta.url));

/** Lets a writer acknowledge some batches, then kills it without warning. Resolves with the last batch it acknowledged. */
async function writeAndKill(directory: string, acknowledgements: number): Promise<number> {
  const child = spawn(process.execPath, [fixture, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  let last = -1;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (++seen === acknowledgements) child.kill('SIGKILL');
  }
  await exited;
  return last;
}

test('a killed writer loses nothing it acknowledged, and redelivery makes the counts exact', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'warehouse-crash-'));
  try {
    let highest = -1;
    for (const acknowledgements of [1, 3, 8]) {
      highest = Math.max(highest, await writeAndKill(directory, acknowledgements));
      const warehouse = openDuckDbWarehouse({ directory });
      const count = async (sql: string) => (await warehouse.query(sql, [])).rows[0]?.n;
      const acknowledged = 90 * (highest + 1);
      expect(await count('SELECT count(*) AS n FROM changes')).toBeGreaterThanOrEqual(acknowledged);
      for (let batch = 0; batch <= highest + 1; batch++)
        await warehouse.apply(invoiceChanges(batch), TABLES, noDocuments);
      const batches = highest + 2;
      expect(await count('SELECT count(*) AS n FROM changes')).toBe(90 * batches);
      expect(await count('SELECT count(DISTINCT id) AS n FROM changes')).toBe(90 * batches);
      expect(await count('SELECT count(*) AS n FROM finance_invoices')).toBe(60 * batches);
      expect(await count('SELECT count(*) AS n FROM finance_invoices WHERE deleted')).toBe(10 * batches);
      expect(await count('SELECT sum(version) AS n FROM finance_invoices')).toBe(90 * batches);
      expect(await count('SELECT count(*) AS n FROM finance_invoices_lines')).toBe(
        (20 * 2 + 30 * 3) * batches,
      );
      await warehouse.close();
      highest += 1;
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}, 60_000);
