/** The two servers under load, as four requests each that mean the same. */

import { randomUUID } from 'node:crypto';
import { createClient, type Session } from '../../scripts/demo/client.ts';
import { type ServerProcess, startServer } from './child.ts';

export const CASES = ['get', 'list', 'patch', 'create'] as const;
export type CaseName = (typeof CASES)[number];

export interface LoadRequest {
  method: string;
  path: string;
  body?: string;
}

export interface Target {
  name: 'bare' | 'mewayz';
  server: ServerProcess;
  token: string;
  /** Sent with every request. */
  headers: Record<string, string>;
  /** A fresh request of a case; ids are of the seeded contacts. */
  request(name: CaseName): LoadRequest;
  /** Sends one request and answers its body; rejects when the status is not 2xx. */
  send(request: LoadRequest): Promise<Record<string, unknown>>;
  /** Creates contacts, 100 companies among them. */
  seed(count: number): Promise<void>;
}

const COMPANIES = 100;
const SEEDERS = 8;

let running = 0;
const random = (below: number) => Math.floor(Math.random() * below);
const company = () => `Company ${random(COMPANIES)}`;

const newContact = () => {
  running += 1;
  return JSON.stringify({
    name: `Person ${running}`,
    email: `p${running}@example.test`,
    // In turn, so that each company has its hundredth of the contacts.
    company: `Company ${running % COMPANIES}`,
    tags: ['a', 'b'],
    score: random(1_000),
    notes: 'Met at the fair; asked for a quote and a call back next week.',
  });
};
const newValues = () => {
  running += 1;
  return JSON.stringify({ score: random(1_000), notes: `Updated ${running}` });
};

/** The bare server lists by score, in pages of 25, without being asked. */
export async function startBare(): Promise<Target> {
  const token = randomUUID();
  const server = await startServer({
    file: 'tests/load/bare.ts',
    environment: (directory) => ({ PORT: '0', DB: `${directory}/bare.sqlite`, TOKEN: token }),
  });
  return target('bare', server, token, '/contacts', (name) => `?company=${encodeURIComponent(name)}`);
}

/** The platform as `npm start` runs it, with a new tenant and an API key; `profile` is a directory for a CPU profile. */
export async function startMewayz(profile?: string): Promise<Target> {
  const server = await startServer({
    file: 'selfhost/src/main.ts',
    environment: (directory) => ({ PORT: '0', MEWAYZ_DATA_DIR: directory, LOG_LEVEL: 'error' }),
    profile,
  });
  const account = {
    email: 'load@example.test',
    password: randomUUID(),
    name: 'Load',
    organization: 'Load Ltd',
  };
  const client = createClient(server.url);
  const { accessToken } = await client.post<Session>('/api/auth/register', account);
  const apiKey = { name: 'Load', role: 'editor' };
  const { key } = await client.as(accessToken).post<{ key: string }>('/api/auth/api-keys/create', apiKey);
  const list = (name: string) => `?company=${encodeURIComponent(name)}&sort=-score&limit=25`;
  return target('mewayz', server, key, '/api/crm/contacts', list);
}

function target(
  name: Target['name'],
  server: ServerProcess,
  token: string,
  path: string,
  listQuery: (company: string) => string,
): Target {
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    authorization: `Bearer ${token}`,
  };
  const ids: string[] = [];
  const requests: Record<CaseName, () => LoadRequest> = {
    create: () => ({ method: 'POST', path, body: newContact() }),
    get: () => ({ method: 'GET', path: `${path}/${ids[random(ids.length)]}` }),
    list: () => ({ method: 'GET', path: path + listQuery(company()) }),
    patch: () => ({ method: 'PATCH', path: `${path}/${ids[random(ids.length)]}`, body: newValues() }),
  };

  async function send({ method, path: to, body }: LoadRequest): Promise<Record<string, unknown>> {
    const response = await fetch(server.url + to, { method, headers, ...(body ? { body } : {}) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${name}: ${method} ${to} answered ${response.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  return {
    name,
    server,
    token,
    headers,
    request: (which) => requests[which](),
    send,
    async seed(count) {
      let left = count;
      const worker = async () => {
        while (left-- > 0) ids.push(String((await send(requests.create())).id));
      };
      await Promise.all(Array.from({ length: SEEDERS }, worker));
    },
  };
}
