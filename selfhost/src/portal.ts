import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { HostLogger } from './host.ts';
import { sendProblem } from './problem.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface Portal {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Loads Next ahead of the first visitor. */
  prepare(): Promise<void>;
}

/** Serves the built Next.js portal in `directory` from this process; 404 for every page when it is not built. */
export function createPortal(directory: string, logger: HostLogger): Portal {
  let loading: Promise<Handler | undefined> | undefined;

  async function load(): Promise<Handler | undefined> {
    if (!existsSync(join(directory, '.next', 'BUILD_ID'))) {
      logger.warn({ directory }, 'the portal is not built; only the API is served');
      return undefined;
    }
    const module = await import('next');
    // Next is CommonJS: its declared default export is one level deeper than the one at run time.
    const next = module.default as unknown as typeof module.default.default;
    const server = next({ dev: false, dir: directory });
    await server.prepare();
    return server.getRequestHandler();
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    loading ??= load();
    const handler = await loading;
    if (handler) await handler(request, response);
    else sendProblem(response, 'not_found', 'The portal is not built on this server.');
  }

  return {
    handle(request, response) {
      handle(request, response).catch((error: unknown) => {
        logger.error({ err: error, url: request.url }, 'the portal failed');
        if (response.headersSent) response.destroy();
        else sendProblem(response, 'internal', 'The page could not be shown.');
      });
    },
    async prepare() {
      loading ??= load();
      await loading;
    },
  };
}
