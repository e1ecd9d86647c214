import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { start, stop } from './contenders.ts';
import { inTurn, median, ratio } from './rounds.ts';
import type { Effort, Table } from './speed.ts';

export type ListenerKind = 'query' | 'query with a limit';
const KINDS: readonly ListenerKind[] = ['query', 'query with a limit'];

/** What a process that holds a database says when it is ready. */
export interface Opened {
  /** How long it took to open the database, in milliseconds. */
  opened: number;
}

/** What it is asked to measure, and answers with `Measured`. */
export interface Measure {
  kind: ListenerKind;
  milliseconds: number;
}

export interface Measured {
  /** From a write's call until its answer and the listener's, in milliseconds: the middle one. */
  write: number;
  /** Processor time of a write, in microseconds. */
  work: number;
  /** Resident memory, in bytes. */
  memory: number;
}

async function ask(child: ChildProcess, question: Measure): Promise<Measured> {
  child.send(question);
  const [answer] = (await once(child, 'message')) as [Measured];
  return answer;
}

/** Builds databases of several sizes and measures writes that a listener hears, in turn. */
export async function measureListeners(
  directory: string,
  sizes: readonly number[],
  { rounds, milliseconds }: Effort,
): Promise<Table> {
  const stores: { size: number; child: ChildProcess; opened: number; memory: number }[] = [];
  for (const size of sizes) {
    const folder = join(directory, String(size));
    const builder = start('stored.ts', folder, String(size), 'build');
    await once(builder, 'exit');
    const child = start('stored.ts', folder, String(size));
    const [{ opened }] = (await once(child, 'message')) as [Opened];
    stores.push({ size, child, opened, memory: 0 });
  }
  const rows: Table = {};
  for (const { size, opened } of stores) {
    rows[`${size.toLocaleString('en')} documents`] = { 'start, ms': opened.toFixed(0) };
  }
  for (const kind of KINDS) {
    const work = new Map<number, number[]>();
    const measured = Object.fromEntries(
      stores.map((store) => [
        store.size,
        async () => {
          const answer = await ask(store.child, { kind, milliseconds });
          store.memory = Math.max(store.memory, answer.memory);
          work.set(store.size, [...(work.get(store.size) ?? []), answer.work].slice(-rounds));
          return answer.write;
        },
      ]),
    );
    const figures = await inTurn(measured, rounds);
    const [first = 0] = sizes;
    for (const { size } of stores) {
      const own = figures[size] ?? [];
      const row = rows[`${size.toLocaleString('en')} documents`] ?? {};
      row[`${kind}, ms`] = median(own).toFixed(2);
      row[`${kind}, × first`] = ratio(own, figures[first] ?? []).toFixed(2);
      row[`${kind}, work × first`] = ratio(work.get(size) ?? [], work.get(first) ?? []).toFixed(2);
    }
  }
  for (const { size, child, memory } of stores) {
    const row = rows[`${size.toLocaleString('en')} documents`] ?? {};
    row['memory, MB'] = (memory / 2 ** 20).toFixed(0);
    await stop(child);
  }
  return rows;
}
