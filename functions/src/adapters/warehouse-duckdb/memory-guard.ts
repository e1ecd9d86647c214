/** A thread that ends its process when that holds more memory than it may, also while native code keeps it busy. */

import { workerData } from 'node:worker_threads';

const LOOK_EVERY_MS = 20;
const limit = Number(workerData);

setInterval(() => {
  if (process.memoryUsage.rss() > limit) process.kill(process.pid, 'SIGKILL');
}, LOOK_EVERY_MS);
