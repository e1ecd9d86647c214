import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onSchedule } from 'firebase-functions/v2/scheduler';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FunctionHost, hostFunctions } from './host.ts';
import { type HostState, openHostState } from './host-state.ts';

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

let directory: string;
let state: HostState;
let host: FunctionHost;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'schedules-'));
  state = openHostState(directory);
});

afterEach(async () => {
  await host.stop(1_000);
  state.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A new process: the functions hosted on the same folder. */
async function restart(exports: object): Promise<void> {
  await host?.stop(1_000);
  state.close();
  state = openHostState(directory);
  host = hostFunctions(exports, { routes: () => undefined, logger, projectId: 'mewayz', state });
  host.start();
}

const lastYear = new Date().getUTCFullYear() - 1;

it('runs once, at the newest time, for all that was missed while the server was down', async () => {
  const runs: string[] = [];
  const yearly = onSchedule('0 0 1 1 *', (event) => void runs.push(event.scheduleTime));
  await restart({ yearly });
  expect(runs).toEqual([]);
  state.recordRun('yearly', Date.UTC(lastYear - 2, 5));
  await restart({ yearly });
  await eventually(() => runs).toEqual([`${lastYear + 1}-01-01T00:00:00.000Z`]);
  await restart({ yearly });
  await restart({ yearly });
  expect(runs.length).toBe(1);
});

it('repeats a run that the end of the process interrupted', async () => {
  const runs: string[] = [];
  const hang = onSchedule('0 0 1 1 *', () => {
    runs.push('begun');
    return new Promise(() => undefined);
  });
  const end = onSchedule('0 0 1 1 *', () => void runs.push('ended'));
  state.recordRun('yearly', Date.UTC(lastYear, 5));
  await restart({ yearly: hang });
  await eventually(() => runs).toEqual(['begun']);
  await restart({ yearly: end });
  await eventually(() => runs).toEqual(['begun', 'ended']);
  await restart({ yearly: end });
  expect(runs.length).toBe(2);
});
