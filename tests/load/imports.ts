/** How fast files become records, and when the warehouse shows them. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient, type Upload } from '../../scripts/demo/client.ts';
import { startMewayz } from './targets.ts';

export interface ImportOptions {
  /** Contacts in the generated file. */
  rows: number;
  /** A file of invoice lines instead, plain or gzip. */
  file: string | undefined;
  profile: string | undefined;
}

export interface ImportFigure {
  case: 'import';
  file: string;
  rows: number;
  records: number;
  refused: number;
  /** From the first byte sent to the end of the job, and until the warehouse holds everything. */
  seconds: number;
  visibleSeconds: number;
  /** Rows a second, to the end of the job and to the warehouse. */
  rate: number;
  visibleRate: number;
}

export async function measureImport({ rows, file, profile }: ImportOptions): Promise<ImportFigure> {
  const upload: Upload = file
    ? { collection: 'finance.invoices', file: new Uint8Array(await readFile(file)), fileName: basename(file) }
    : { collection: 'crm.contacts', file: contactsCsv(rows), fileName: `${rows} contacts` };
  const target = await startMewayz(profile);
  try {
    const client = createClient(target.server.url).as(target.token);
    const start = performance.now();
    const since = () => (performance.now() - start) / 1_000;
    const job = await client.ended(await client.upload(upload));
    const seconds = since();
    await caughtUp(client);
    const visibleSeconds = since();
    const figure: ImportFigure = {
      case: 'import',
      file: upload.fileName,
      rows: job.rows,
      records: job.created,
      refused: job.skipped,
      seconds,
      visibleSeconds,
      rate: job.rows / seconds,
      visibleRate: job.rows / visibleSeconds,
    };
    console.log(describe(figure));
    return figure;
  } finally {
    await target.server.stop();
  }
}

function describe({
  file,
  rows,
  records,
  refused,
  seconds,
  visibleSeconds,
  rate,
  visibleRate,
}: ImportFigure) {
  return [
    `import of ${file}: ${rows} rows, ${records} records, ${refused} rows refused`,
    `  to the end of the job    ${seconds.toFixed(1)} s, ${rate.toFixed(0)} rows/s`,
    `  visible in the warehouse ${visibleSeconds.toFixed(1)} s, ${visibleRate.toFixed(0)} rows/s`,
  ].join('\n');
}

function contactsCsv(rows: number): string {
  const lines = ['name,email,phone,company,tags,score,notes'];
  for (let n = 0; n < rows; n++) {
    const number = String(n).padStart(6, '0');
    lines.push(
      `Person ${n},p${n}@example.test,+44 20 7${number},Company ${n % 100},a;b,${n % 1_000},"Met at the fair, asked for a quote."`,
    );
  }
  return lines.join('\n');
}

/** Resolves when no change waits for the topic and none for the warehouse. */
async function caughtUp(client: Client): Promise<void> {
  const lag = /^relay_lag_seconds (\S+)$/m;
  const backlog = /^subscription_backlog_messages\{subscription="[\w-]*warehouse"\} (\S+)$/m;
  for (;;) {
    const metrics = await (await fetch(new URL('/metrics', client.url))).text();
    const waiting = [lag, backlog].map((pattern) => Number(pattern.exec(metrics)?.[1]));
    if (waiting.some(Number.isNaN)) throw new Error('/metrics does not tell how far the warehouse is.');
    if (waiting.every((value) => value === 0)) return;
    await sleep(100);
  }
}
