import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Firestore } from '@google-cloud/firestore';
import { openFirestoreEngine } from '../index.ts';
import { restoreBackup } from '../storage/maintenance.ts';

const script = fileURLToPath(new URL('./testing-writer.ts', import.meta.url));

/** The newest acknowledged number of each writer. */
export type Acknowledged = Map<number, number>;

/** Runs the writer script, kills it without warning some milliseconds after its first line, and returns its lines. */
async function runAndKill(args: readonly string[], milliseconds: number): Promise<string[]> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length === 1) void sleep(milliseconds).then(() => child.kill('SIGKILL'));
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return lines;
}

/** Says what is wrong with a database that must hold at least what was acknowledged; nothing when it is right. */
export async function problemsOf(directory: string, acknowledged: Acknowledged): Promise<string[]> {
  const engine = openFirestoreEngine({ directory });
  try {
    const { problems } = engine.check();
    const firestore = engine.attach(new Firestore({ projectId: 'test' }));
    for (const [id, least] of acknowledged) {
      const n: number = (await firestore.doc(`counters/${id}`).get()).get('n') ?? 0;
      if (n < least) problems.push(`writer ${id}: ${least} was acknowledged, ${n} is there`);
      const rows = (await firestore.collection(`writers/${id}/rows`).count().get()).data().count;
      if (rows !== n) problems.push(`writer ${id}: ${rows} rows are there, its counter says ${n}`);
      const last = await firestore.collection(`writers/${id}/last`).get();
      if (last.docs.map((doc) => doc.id).join() !== (n === 0 ? '' : String(n))) {
        problems.push(`writer ${id}: a commit was applied in part`);
      }
    }
    return problems;
  } finally {
    await engine.close();
  }
}

export interface CrashOptions {
  /** Milliseconds after which the writing process is killed. */
  after: number;
  /** Bytes of text in a document: large ones make checkpoints frequent. */
  bytes: number;
  /** Takes backups all the time, and verifies those that appeared. */
  backups: boolean;
}

/**
 * Kills a process that writes, and returns what is wrong with what it left.
 * @param acknowledged what was acknowledged before; brought up to date.
 */
export async function crashWriting(
  directory: string,
  acknowledged: Acknowledged,
  { after, bytes, backups }: CrashOptions,
): Promise<string[]> {
  const copies = `${directory}-backups`;
  mkdirSync(copies, { recursive: true });
  const least = new Map<string, Acknowledged>();
  let before = new Map(acknowledged);
  const args = [directory, 'write', String(bytes), ...(backups ? [copies] : [])];
  for (const line of await runAndKill(args, after)) {
    const [kind, what = '', n] = line.split(' ');
    if (kind === 'acknowledged' && n) acknowledged.set(Number(what), Number(n));
    if (kind !== 'backup') continue;
    // A backup shows at least what was acknowledged when the one before was complete.
    least.set(what, before);
    before = new Map(acknowledged);
  }
  const problems = await problemsOf(directory, acknowledged);
  const last = [...least.keys()].at(-1);
  for (const name of readdirSync(copies)) {
    const file = join(copies, name);
    if (file === last || (file.endsWith('.sqlite') && !least.has(file))) {
      const restored = `${directory}-restored`;
      restoreBackup(file, restored);
      problems.push(...(await problemsOf(restored, least.get(file) ?? new Map())));
      rmSync(restored, { recursive: true });
    }
  }
  rmSync(copies, { recursive: true });
  return problems;
}

/** Kills a process that brings a database to an older schema and back again, and returns what is wrong with it. */
export async function crashUpgrading(
  directory: string,
  acknowledged: Acknowledged,
  after: number,
): Promise<string[]> {
  await runAndKill([directory, 'schema', '1'], after);
  return problemsOf(directory, acknowledged);
}
