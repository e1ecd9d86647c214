import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificate } from '../../kernel/testing/certificate.ts';

/** A database server in a folder of its own, which is gone afterwards. */
export interface TestServer {
  readonly port: number;
  close(): Promise<void>;
}

export const USER = 'reader';
export const PASSWORD = 'a pass word’s';

const DEBIAN = '/usr/lib/postgresql';
const SYSTEM_TABLES = '/usr/share/mysql';

/** The folder of PostgreSQL's programs; undefined when it is not installed. `npm test` installs it where it can. */
export const POSTGRES_BIN =
  process.env.POSTGRES_BIN ??
  (existsSync(DEBIAN) ? readdirSync(DEBIAN) : [])
    .map((version) => path.join(DEBIAN, version, 'bin'))
    .findLast((bin) => existsSync(path.join(bin, 'initdb')));
/** MariaDB's server; undefined when it is not installed. */
export const MARIADB_SERVER =
  process.env.MARIADB_SERVER ?? ['/usr/sbin/mariadbd'].find((place) => existsSync(place));

/** Neither server runs as root: `nobody` owns what is made then. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** PostgreSQL with TLS, a user who enters a password, and what `setup` makes. */
export async function startPostgres(setup: string, { cert, key }: Certificate): Promise<TestServer> {
  const folder = await ownFolder('postgres');
  const [data, bin, port] = [path.join(folder, 'data'), POSTGRES_BIN ?? '', await freePort()];
  await own(path.join(folder, 'password'), PASSWORD);
  await own(path.join(folder, 'cert.pem'), cert);
  await own(path.join(folder, 'key.pem'), key);
  await finish(path.join(bin, 'initdb'), [
    ...['-D', data, '-U', USER, '-A', 'scram-sha-256', '--pwfile', path.join(folder, 'password')],
    ...['-E', 'UTF8', '--no-locale', '--no-sync'],
  ]);
  await finish(
    path.join(bin, 'postgres'),
    ['--single', '-D', data, '-j', '-c', 'exit_on_error=on', 'postgres'],
    `${setup}\n`,
  );
  const server = begin(path.join(bin, 'postgres'), [
    ...['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-F'],
    ...['-c', 'ssl=on', '-c', `ssl_cert_file=${folder}/cert.pem`, '-c', `ssl_key_file=${folder}/key.pem`],
  ]);
  return running(server, folder, port, /ready to accept connections/, 'SIGINT');
}

/** MariaDB with TLS, a user who enters a password, and what `setup` makes in the database `shop`. */
export async function startMariaDb(setup: string, { cert, key }: Certificate): Promise<TestServer> {
  const folder = await ownFolder('mariadb');
  const [data, server, port] = [path.join(folder, 'data'), MARIADB_SERVER ?? '', await freePort()];
  await mkdir(data);
  await give(data);
  await own(path.join(folder, 'cert.pem'), cert);
  await own(path.join(folder, 'key.pem'), key);
  const tables = ['mysql_system_tables.sql', 'mysql_system_tables_data.sql'].map((name) =>
    readFileSync(path.join(SYSTEM_TABLES, name), 'utf8'),
  );
  const common = ['--no-defaults', `--datadir=${data}`, '--innodb-log-file-size=4M', '--skip-log-bin'];
  const system = ['CREATE DATABASE mysql;', 'USE mysql;', 'SET @auth_root_socket = NULL;', ...tables].join(
    '\n',
  );
  await finish(server, [...common, '--bootstrap', '--skip-grant-tables'], system);
  const user = `CREATE USER '${USER}'@'%' IDENTIFIED BY '${PASSWORD}';\nGRANT ALL ON *.* TO '${USER}'@'%';`;
  await own(
    path.join(folder, 'init.sql'),
    `SET NAMES utf8mb4;\n${user}\nCREATE DATABASE shop CHARACTER SET utf8mb4;\nUSE shop;\n${setup}\n`,
  );
  const child = begin(server, [
    ...common,
    ...[`--port=${port}`, '--bind-address=127.0.0.1', `--socket=${path.join(folder, 's')}`],
    ...[`--init-file=${path.join(folder, 'init.sql')}`, `--pid-file=${path.join(folder, 'pid')}`],
    ...[`--ssl-cert=${folder}/cert.pem`, `--ssl-key=${folder}/key.pem`, '--skip-name-resolve'],
  ]);
  return running(child, folder, port, /ready for connections/, 'SIGTERM');
}

async function ownFolder(name: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), `mewayz-${name}-`));
  await give(folder);
  return folder;
}

async function give(name: string): Promise<void> {
  if (NOBODY.uid !== undefined) await chown(name, NOBODY.uid, NOBODY.gid);
}

async function own(file: string, content: string): Promise<void> {
  await writeFile(file, content);
  await chmod(file, 0o600);
  await give(file);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

function begin(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, args, { ...NOBODY, cwd: tmpdir(), env: { ...process.env, LC_ALL: 'C' } });
}

async function finish(program: string, args: readonly string[], input = ''): Promise<void> {
  const child = begin(program, args);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => (said += String(part)));
  child.stdin?.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${said.slice(-2_000)}`);
}

async function running(
  child: ChildProcess,
  folder: string,
  port: number,
  ready: RegExp,
  end: NodeJS.Signals,
): Promise<TestServer> {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => (said += String(part)));
  const ended = once(child, 'close');
  while (!ready.test(said)) {
    if (child.exitCode !== null) throw new Error(`the server ended: ${said.slice(-2_000)}`);
    await sleep(20);
  }
  const close = async (): Promise<void> => {
    child.kill(end);
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  if (/ERROR/.test(said)) {
    await close();
    throw new Error(`the server could not be set up: ${said.slice(-2_000)}`);
  }
  return { port, close };
}
