import { bareOperations } from './bare-operations.ts';
import type { Contenders, LocalName, RemoteName } from './contenders.ts';
import type { Disk } from './disk.ts';
import { operations } from './operations.ts';
import { inTurn, median, rate, ratio } from './rounds.ts';

export interface Effort {
  rounds: number;
  /** Length of one measurement. */
  milliseconds: number;
}

/** What is printed as one table: title of the row, title of the column, figure. */
export type Table = Record<string, Record<string, string>>;

const CLIENTS = [1, 32];

function times(figure: number): string {
  return `${figure.toFixed(figure < 10 ? 1 : 0)}×`;
}

/** Operations that have to wait for the disk. */
function isWrite(operation: string): boolean {
  return operation !== 'get' && !operation.startsWith('query');
}

function rowTitle(operation: string, clients: number): string {
  return `${operation}, ${clients} client${clients > 1 ? 's' : ''}`;
}

/** How often a second the operations run through Google's client, as multiples of the peer. */
export async function compareClients(
  contenders: Contenders,
  contacts: number,
  { rounds, milliseconds }: Effort,
): Promise<Table> {
  const table: Table = {};
  for (const [title, operation] of Object.entries(operations(contacts))) {
    for (const clients of CLIENTS) {
      const measure = (name: RemoteName | LocalName) => () =>
        rate((n) => operation(contenders[name].firestore, n), clients, milliseconds);
      const figures = await inTurn(
        {
          peer: measure('peer'),
          gRPC: measure('gRPC'),
          'gRPC, nothing': measure('gRPC, nothing'),
          'in process': measure('in process'),
          'in process, nothing': measure('in process, nothing'),
        },
        rounds,
      );
      table[rowTitle(title, clients)] = {
        'peer, a second': median(figures.peer).toFixed(0),
        gRPC: times(ratio(figures.gRPC, figures.peer)),
        '(nothing)': times(ratio(figures['gRPC, nothing'], figures.peer)),
        'in process': times(ratio(figures['in process'], figures.peer)),
        '(nothing) ': times(ratio(figures['in process, nothing'], figures.peer)),
      };
    }
  }
  return table;
}

/** How often a second the servers run the operations for a bare client, and the processor time they take. */
export async function compareServers(
  contenders: Contenders,
  disk: Disk,
  contacts: number,
  { rounds, milliseconds }: Effort,
): Promise<Table> {
  const table: Table = {};
  for (const [title, operation] of Object.entries(bareOperations(contacts))) {
    for (const clients of CLIENTS) {
      const used: Record<RemoteName, number[]> = { peer: [], gRPC: [], 'gRPC, nothing': [] };
      const measure = (name: RemoteName) => async () => {
        const { call, usedTime } = contenders[name];
        let calls = 0;
        const before = await usedTime();
        const counted = (n: number) => {
          calls++;
          return operation(call, n);
        };
        const result = await rate(counted, clients, milliseconds);
        used[name].push(((await usedTime()) - before) / calls);
        return result;
      };
      const figures = await inTurn(
        {
          peer: measure('peer'),
          gRPC: measure('gRPC'),
          'gRPC, nothing': measure('gRPC, nothing'),
          disk: async () => (isWrite(title) ? rate(() => disk.write(), clients, milliseconds) : 0),
        },
        rounds,
      );
      table[rowTitle(title, clients)] = {
        'peer, a second': median(figures.peer).toFixed(0),
        gRPC: times(ratio(figures.gRPC, figures.peer)),
        '(nothing)': times(ratio(figures['gRPC, nothing'], figures.peer)),
        '(disk)': isWrite(title) ? times(ratio(figures.disk, figures.peer)) : '',
        'operations per processor time': times(ratio(used.peer.slice(-rounds), used.gRPC.slice(-rounds))),
      };
    }
  }
  return table;
}
