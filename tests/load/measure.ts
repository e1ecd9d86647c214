import autocannon from 'autocannon';
import type { CaseName, Target } from './targets.ts';

export interface Measurement {
  target: Target['name'];
  case: CaseName;
  connections: number;
  /** Answers a second. */
  rate: number;
  /** Milliseconds. */
  p50: number;
  p95: number;
  p99: number;
  answers: number;
  /** Answers outside of 2xx, and requests that got none. */
  failures: number;
}

/** Loads a server with one case for `seconds`, each connection sending its next request when the last was answered. */
export function measure(
  target: Target,
  name: CaseName,
  connections: number,
  seconds: number,
): Promise<Measurement> {
  const times: number[] = [];
  const { method } = target.request(name);
  return new Promise((resolve, reject) => {
    const run = autocannon(
      {
        url: target.server.url,
        connections,
        duration: seconds,
        timeout: 30,
        requests: [
          {
            method,
            path: '/',
            headers: target.headers,
            setupRequest: (request) => ({ ...request, ...target.request(name) }),
          },
        ],
      },
      (error, { duration, non2xx, errors }) => {
        if (error) {
          reject(error);
          return;
        }
        times.sort((a, b) => a - b);
        const percentile = (share: number) => times[Math.ceil(times.length * share) - 1] ?? Number.NaN;
        resolve({
          target: target.name,
          case: name,
          connections,
          rate: times.length / duration,
          p50: percentile(0.5),
          p95: percentile(0.95),
          p99: percentile(0.99),
          answers: times.length,
          failures: non2xx + errors,
        });
      },
    );
    run.on('response', (_client: unknown, _status: number, _bytes: number, ms: number) => times.push(ms));
  });
}

/** One request of a case, checked: so that no figure is taken of wrong answers. */
export async function check(target: Target, name: CaseName): Promise<void> {
  const answer = await target.send(target.request(name));
  if (name !== 'list') return;
  const rows = (answer.items ?? answer.data) as { score: number }[];
  const sorted = rows.every(({ score }, index) => index === 0 || (rows[index - 1]?.score ?? 0) >= score);
  if (rows.length !== 25 || !sorted)
    throw new Error(`${target.name}: the list has ${rows.length} rows, sorted: ${sorted}`);
}
