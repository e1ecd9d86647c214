/** Finds PostgreSQL and MariaDB for the tests of their clients, and on Debian fetches them when there are none. */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const { env, platform } = process;
const DEBIAN = '/usr/lib/postgresql';

/** The folder of `initdb` and `postgres`: POSTGRES_BIN, else Debian's newest; undefined when there is none. */
export function findPostgres() {
  if (env.POSTGRES_BIN) return env.POSTGRES_BIN;
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  return versions
    .map((version) => join(DEBIAN, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
}

/** The path of `mariadbd`: MARIADB_SERVER, else where Debian puts it; undefined when there is none. */
export function findMariaDb() {
  return env.MARIADB_SERVER ?? ['/usr/sbin/mariadbd'].find((place) => existsSync(place));
}

/** Installs Debian's packages of those that are missing where that is possible without asking anybody. */
export function ensureDatabases() {
  const wanted = [
    ...(findPostgres() ? [] : ['postgresql']),
    ...(findMariaDb() ? [] : ['mariadb-server-core']),
  ];
  const able = platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (wanted.length > 0 && able) {
    console.error(`Installing ${wanted.join(' and ')}…`);
    const options = { stdio: ['ignore', 'ignore', 2], env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
    spawnSync('apt-get', ['update', '-qq'], options);
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...wanted], options);
  }
  return { postgres: findPostgres(), mariadb: findMariaDb() };
}
