/** `npm run soak:pubsub -w emulators -- [--messages 100000] [--kill-seconds 5] [--subscribers 4]` */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '100000' },
    'kill-seconds': { type: 'string', default: '5' },
    subscribers: { type: 'string', default: '4' },
  },
});
const report = await soak({
  messages: Number(values.messages),
  killSeconds: Number(values['kill-seconds']),
  subscribers: Number(values.subscribers),
  giveUpSeconds: 30 * 60,
  progress: (line) => console.error(line),
});
console.log({ ...report, load: loadavg().map((load) => load.toFixed(1)) });
process.exitCode = report.missing + report.outOfOrder + report.acknowledgedTwice > 0 ? 1 : 0;
