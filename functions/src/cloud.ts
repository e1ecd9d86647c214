import path from 'node:path';
import { onRequest } from 'firebase-functions/v2/https';
import { once } from './kernel/once.ts';

/**
 * What is deployed to Google Cloud: every function, and the portal as one more, behind Hosting. On one server the
 * host serves the same build of the portal itself.
 */
export * from './index.ts';

/** The staged copy of the portal's build; `scripts/build-functions.mjs` puts it there. */
const PORTAL = path.resolve(import.meta.dirname, '../web');

const pages = once(async () => {
  const module = await import('next');
  // Next is CommonJS: its declared default export is one level deeper than the one at run time.
  const next = module.default as unknown as typeof module.default.default;
  const server = next({ dev: false, dir: PORTAL });
  await server.prepare();
  return server.getRequestHandler();
});

export const portal = onRequest(
  { invoker: 'public', memory: '1GiB', concurrency: 80 },
  async (request, response) => {
    const handle = await pages.get();
    await handle(request, response);
  },
);
