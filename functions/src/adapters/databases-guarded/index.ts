import { connect, isIP, Socket } from 'node:net';
import { type DatabaseQuery, DatabaseRefused, type Databases } from '../../kernel/ports/databases.ts';
import { createGuard, type GuardOptions } from '../http-guarded/guard.ts';
import { queryRefusal, until } from './query.ts';

/**
 * Reads PostgreSQL, and MySQL or MariaDB, at public addresses and at those of the operator's list. Addresses are checked
 * when the connection is made, as for HTTP. The clients are loaded with the first query.
 */
export function createGuardedDatabases(options: GuardOptions = {}): Databases {
  const guard = createGuard(options);
  const refusal: Databases['refusal'] = ({ engine, host, tls, sql }) => {
    if (!/^[\w.:-]+$/.test(host)) return 'This is no host name.';
    if (engine === 'mysql' && tls.verify && isIP(host))
      return 'A certificate is for a name: enter the host name instead of its address.';
    return guard.refusal(host) ?? queryRefusal(sql, engine);
  };
  const sockets: SocketMaker = {
    open: ({ host, port }) => connect({ host, port, lookup: guard.lookup(host) }),
    unopened: ({ host }) => {
      const socket = new Socket();
      const open = socket.connect.bind(socket);
      return Object.assign(socket, {
        connect: (port: number) => open({ host, port, lookup: guard.lookup(host) }),
      });
    },
  };
  return {
    refusal,
    read: async function* (query, signal) {
      const refused = refusal(query);
      if (refused !== undefined) throw new DatabaseRefused(refused);
      signal?.throwIfAborted();
      const client = query.engine === 'postgres' ? await import('./postgres.ts') : await import('./mysql.ts');
      yield* until(client.read(query, sockets, signal), signal);
    },
  };
}

/** Makes the connections that may be made. */
export interface SocketMaker {
  open(query: DatabaseQuery): Socket;
  /** One whose owner calls `connect`. */
  unopened(query: DatabaseQuery): Socket;
}
