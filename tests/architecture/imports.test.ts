import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { ROOT } from '../support/server.ts';
import { files, importsOf, isTest } from './files.ts';

/** The import rule of the design: kernel ← modules and adapters ← index; vendors only in adapters. */
const VENDORS =
  /^(?:@google-cloud\/|@google\/|@duckdb\/|firebase-admin|stripe|nodemailer|pg(?:-cursor)?$|mysql2)/;
const sources = files.filter((file) => /\.(?:ts|tsx|mts|mjs)$/.test(file) && !file.startsWith('shared/'));
const isTesting = (file: string): boolean =>
  isTest(file) || file.includes('/testing') || /\.fixture\.ts$/.test(file);

function breaches(
  from: string,
  forbidden: (target: string, file: string) => boolean,
  alsoTests = false,
): string[] {
  return sources
    .filter((file) => file.startsWith(from) && (alsoTests || !isTesting(file)))
    .flatMap((file) =>
      importsOf(file)
        .filter((target) => forbidden(target, file))
        .map((target) => `${file} imports ${target}`),
    );
}

const moduleOf = (file: string): string | undefined => /^functions\/src\/modules\/([^/]+)\//.exec(file)?.[1];

it('the kernel imports no module, no adapter and no vendor', () => {
  expect(
    breaches(
      'functions/src/kernel/',
      (target) => /^functions\/src\/(?!kernel\/)/.test(target) || VENDORS.test(target),
    ),
  ).toEqual([]);
});

it('modules import the kernel, and of each other only module.ts', () => {
  const forbidden = (target: string, file: string): boolean => {
    const other = moduleOf(target);
    if (other) return other !== moduleOf(file) && !target.endsWith('/module.ts');
    return target.startsWith('functions/src/') && !target.startsWith('functions/src/kernel/');
  };
  expect(breaches('functions/src/modules/', forbidden)).toEqual([]);
});

it('adapters import the kernel and themselves', () => {
  expect(
    breaches('functions/src/adapters/', (target) => /^functions\/src\/(?!kernel\/|adapters\/)/.test(target)),
  ).toEqual([]);
});

it('vendor SDKs are imported in adapters only', () => {
  expect(
    breaches(
      'functions/src/',
      (target, file) => VENDORS.test(target) && !file.startsWith('functions/src/adapters/'),
    ),
  ).toEqual([]);
});

it('functions import nothing of the emulators or the host', () => {
  const forbidden = /^(?:@mewayz\/(?!googlesql\b)|emulators\/|googlesql\/|selfhost\/|web\/)/;
  expect(breaches('functions/src/', (target) => forbidden.test(target))).toEqual([]);
});

it('emulators import nothing of the functions or the host, not even in tests', () => {
  const forbidden = /^(?:@mewayz\/(?!(?:emulators|googlesql)\b)|functions\/|googlesql\/|selfhost\/|web\/)/;
  expect(breaches('emulators/', (target) => forbidden.test(target), true)).toEqual([]);
});

it('googlesql, which both stand on, imports neither of them', () => {
  expect(breaches('googlesql/', (target) => !/^(?:googlesql\/|node:|@duckdb\/)/.test(target))).toEqual([]);
});

it('the portal imports nothing that runs on the server', () => {
  expect(
    breaches('web/', (target) => /^(?:functions\/|selfhost\/|emulators\/|@mewayz\/)/.test(target)),
  ).toEqual([]);
});

it('importing the functions loads no vendor SDK, but for what firebase-functions brings itself', () => {
  const index = pathToFileURL(path.join(ROOT, 'functions', 'src', 'index.ts')).href;
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({
      resolve(specifier, context, next) {
        const found = next(specifier, context);
        const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(found.url)?.[1];
        if (name) loaded.push({ name, ours: !context.parentURL?.includes('node_modules') });
        return found;
      },
    });
    await import(${JSON.stringify(index)});
    console.log(JSON.stringify(loaded));
  `;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
  const output = execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 });
  const loaded = JSON.parse(output) as { name: string; ours: boolean }[];
  const never = /^(?:@google-cloud\/(?:bigquery|pubsub|storage)|@google\/genai|@duckdb\/.*|exceljs|next)$/;
  expect(loaded.map(({ name }) => name)).toContain('firebase-functions');
  expect(loaded.filter(({ name, ours }) => never.test(name) || (ours && VENDORS.test(name)))).toEqual([]);
});
