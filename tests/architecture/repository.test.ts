import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/server.ts';
import { files, isTest, read } from './files.ts';

const MAX_LINES = 300;
/** Tests are read case by case. */
const MAX_TEST_LINES = 450;
/** Files that may be longer, and why a reader would accept that. */
const LONG: Readonly<Record<string, string>> = {
  'functions/src/kernel/records/repository.ts':
    'the one place where a document and its change are written; splitting it would open that place',
  'emulators/firestore/query/planner.ts': 'one algorithm: from a query to the index scans that answer it',
  'emulators/firestore/service.ts': 'the list of the protocol’s methods, one short function each',
  'emulators/pubsub/subscription.ts': 'one state machine: the life of a delivered message',
  'emulators/pubsub/engine.ts': 'the engine’s public interface with its documentation',
};

const code = files.filter((file) => /\.(?:ts|tsx|mts|mjs|css)$/.test(file) && !file.startsWith('shared/'));

it(`no file is longer than ${MAX_LINES} lines without a reason`, () => {
  const long = code
    .map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
    .filter(({ file, lines }) => lines > (isTest(file) ? MAX_TEST_LINES : MAX_LINES) && !(file in LONG));
  expect(long).toEqual([]);
});

it('every top-level folder and every module says what it is', () => {
  const folders = new Set(
    files
      .filter((file) => file.includes('/') && !file.startsWith('.'))
      .map((file) => file.split('/')[0] ?? ''),
  );
  const modules = new Set(files.flatMap((file) => /^functions\/src\/modules\/[^/]+/.exec(file)?.[0] ?? []));
  expect([...folders, ...modules].filter((folder) => !files.includes(`${folder}/README.md`))).toEqual([]);
  const wordy = [...modules].filter(
    (folder) =>
      files.includes(`${folder}/README.md`) && read(`${folder}/README.md`).trimEnd().split('\n').length > 20,
  );
  expect(wordy).toEqual([]);
});

describe('links in', () => {
  it.each(files.filter((file) => file.endsWith('.md') && !file.startsWith('shared/')))(
    '%s resolve',
    (file) => {
      const text = read(file).replace(/```[\s\S]*?```/g, '');
      const targets = [...text.matchAll(/\]\(([^)\s]+)(?:\s"[^"]*")?\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !/^(?:https?:|mailto:|#)/.test(target));
      const broken = targets.filter(
        (target) =>
          !existsSync(path.resolve(ROOT, path.dirname(file), decodeURIComponent(target.split('#')[0] ?? ''))),
      );
      expect(broken).toEqual([]);
    },
  );
});

describe('scripts in', () => {
  it.each(files.filter((file) => /(?:^|\/)package\.json$/.test(file)))('%s run on Windows too', (file) => {
    const { scripts = {} } = JSON.parse(read(file)) as { scripts?: Record<string, string> };
    const shell = Object.entries(scripts).filter(([, command]) =>
      /^\w+=|[&|;<>`$']|\b(?:rm|cp|mv|mkdir|cat|export|sh|bash)\b(?!\.)|node_modules\/\.bin/.test(command),
    );
    expect(shell).toEqual([]);
  });
});

it('nothing is left for later in the code', () => {
  const left = code.filter(
    (file) =>
      !file.startsWith('tests/architecture/') &&
      /\b(?:TODO|FIXME|XXX|coming soon)\b|@ts-ignore|@ts-nocheck/i.test(read(file)),
  );
  expect(left).toEqual([]);
});
