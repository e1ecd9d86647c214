/** The Express app of one server: metrics, headers, the functions' routes, then the portal. */

import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import type { FunctionHost, HostLogger } from './host.ts';
import type { Metrics } from './metrics.ts';
import type { Portal } from './portal.ts';
import { sendProblem } from './problem.ts';

export interface AppOptions {
  host: FunctionHost;
  metrics: Metrics;
  portal: Portal;
  logger: HostLogger;
  /** Whether the folders that hold the data are gone. */
  dataIsLost: () => boolean;
  /** Express's "trust proxy": hops as digits, or addresses. Undefined trusts nobody. */
  trustProxy: string | undefined;
}

export function createApp({ host, metrics, portal, logger, dataIsLost, trustProxy }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  // Functions set their own validators; hashing every body again would cost more than it saves.
  app.disable('etag');
  // As the Functions Framework parses queries.
  app.set('query parser', 'extended');
  if (trustProxy !== undefined)
    app.set('trust proxy', /^\d+$/.test(trustProxy) ? Number(trustProxy) : trustProxy);

  app.use(metrics.measure);
  app.get('/metrics', metrics.serve);
  app.use(securityHeaders());
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (!needsData(request) || !dataIsLost()) {
      next();
      return;
    }
    logger.error({ url: request.url }, 'the data folder is gone');
    sendProblem(
      response,
      'unavailable',
      'The data folder is gone, so nothing can be stored. Restore it and start the server again.',
    );
  });
  app.use(host.handle);
  app.use((request: Request, response: Response) => {
    if (isApi(request.url)) sendProblem(response, 'not_found', 'There is nothing at this address.');
    else portal.handle(request, response);
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    logger.error({ err: error, url: request.url }, 'a request failed outside of its function');
    if (response.headersSent) response.destroy();
    else sendProblem(response, 'internal', 'The request could not be handled.');
  });
  return app;
}

/** Reads may still be answered from what is open; a write would go nowhere, and health must tell. */
function needsData({ method, url }: Request): boolean {
  return (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') || url.startsWith('/api/health');
}

function isApi(url: string): boolean {
  return url.startsWith('/api/') || url.startsWith('/hooks/') || url.startsWith('/api?') || url === '/api';
}

/** Pages get all of helmet's headers; API answers, which browsers do not render, only those that concern them. */
function securityHeaders() {
  const forPages = helmet({
    // The other names below this one may belong to somebody else.
    strictTransportSecurity: { includeSubDomains: false },
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        // Next puts the data of each page into inline scripts, also of pages rendered at build time.
        scriptSrc: ["'self'", "'unsafe-inline'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:', 'https:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        frameAncestors: ["'self'"],
        // A server in a local network may have no certificate.
        upgradeInsecureRequests: null,
      },
    },
  });
  return (request: Request, response: Response, next: NextFunction) => {
    if (!isApi(request.url)) {
      forPages(request, response, next);
      return;
    }
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    next();
  };
}
