/**
 * `npm run latency -w tests [-- --rate 200 --seconds 60]`: writes at a steady rate and measures when another client's
 * stream and a dashboard's query show each write. Fails when anything is missing or not as it was written.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureLatency } from './latency.ts';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '60' },
  },
});
const report = await measureLatency({ rate: Number(values.rate), seconds: Number(values.seconds) });
console.log({ ...report, load: loadavg().map((load) => load.toFixed(1)) });
