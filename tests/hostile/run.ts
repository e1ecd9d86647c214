import type { Attack } from './corpus.ts';
import type { HostileWorld } from './world.ts';

/** An attack that was not answered as it must be. */
export interface Breach {
  readonly attack: Attack;
  readonly status: number;
  readonly why: string;
  readonly text: string;
}

export interface Outcome {
  /** How many were answered with each status, by family. */
  readonly statuses: Readonly<Record<string, Readonly<Record<number, number>>>>;
  readonly slowestMs: number;
  readonly breaches: readonly Breach[];
}

/** What a query may take beyond its own limit: a process starts, and others are before it. */
const GRACE_MS = 60_000;

/** Sends every attack, a few at a time, and looks at each whole answer. */
export async function attackAll(world: HostileWorld, attacks: readonly Attack[]): Promise<Outcome> {
  const statuses: Record<string, Record<number, number>> = {};
  const breaches: Breach[] = [];
  const waiting = attacks.values();
  let slowestMs = 0;
  const work = async (call: HostileWorld['askers'][number]): Promise<void> => {
    for (const attack of waiting) {
      const started = performance.now();
      const signal = AbortSignal.timeout(GRACE_MS);
      const answer = await call('POST', attack.url, { body: attack.body, signal }).catch(
        (error: unknown) => ({
          status: 0,
          text: String(error),
        }),
      );
      slowestMs = Math.max(slowestMs, performance.now() - started);
      const family = statuses[attack.family] ?? {};
      statuses[attack.family] = { ...family, [answer.status]: (family[answer.status] ?? 0) + 1 };
      const why = fault(world, attack, answer);
      if (why) breaches.push({ attack, status: answer.status, why, text: answer.text.slice(0, 2_000) });
    }
  };
  await Promise.all(world.askers.map(work));
  return { statuses, slowestMs: Math.round(slowestMs), breaches };
}

function fault(
  { secrets, victim }: HostileWorld,
  { body, refused }: Attack,
  { status, text }: { readonly status: number; readonly text: string },
): string | undefined {
  const asked = JSON.stringify(body);
  // What the asker wrote themselves may be repeated to them.
  const told = [...secrets, victim.tenantId, victim.datasetId, victim.directory].find(
    (secret) => text.includes(secret) && !asked.includes(secret),
  );
  if (told) return `the answer holds ${told}`;
  if (status === 200) return refused ? 'it was answered' : undefined;
  if (status < 400 || status >= 500) return 'neither answered nor refused';
  if (!/"code":"(?:invalid|malformed|too_large)"/.test(text)) return 'refused for another reason';
  return undefined;
}

/** Every row of every table that the asker may see. */
export async function everything({ askers: [owner] }: HostileWorld): Promise<Attack[]> {
  const listed = await owner?.('GET', '/api/analytics/tables');
  const tables: readonly { readonly name: string }[] = listed?.body.items ?? [];
  return tables.map(({ name }) => ({
    family: 'own',
    url: '/api/analytics/sql',
    body: { sql: `SELECT * FROM \`${name}\``, limit: 10_000 },
    refused: false,
  }));
}

/** Whether the server is well, and still answers its analysts and its dashboards. */
export async function isWell({ server, askers }: HostileWorld): Promise<boolean> {
  const health = await server.request('GET', '/api/health');
  const answers = await Promise.all(
    askers.map((call) =>
      call('POST', '/api/analytics/sql', { body: { sql: 'SELECT COUNT(*) AS n FROM crm_contacts' } }),
    ),
  );
  return health.status === 200 && answers.every(({ body }) => body?.rows?.[0]?.n === 4);
}
