/** The network door: BigQuery's REST API (https://cloud.google.com/bigquery/docs/reference/rest) over HTTP. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BigQueryError } from '@mewayz/googlesql';
import { asBigQueryError } from '@mewayz/googlesql/duckdb';
import type { Routes } from './datasets.ts';
import { type Answer, type Call, errorBody, readJson, send } from './http.ts';

export interface BigQueryServerOptions {
  /** 9050 by default; 0 takes a free one. */
  readonly port?: number;
  /** 127.0.0.1 by default. There is no authentication, so leave it local. */
  readonly host?: string;
}

export interface BigQueryServer {
  /** For BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:9050`. */
  readonly address: string;
  close(): Promise<void>;
}

interface Route {
  readonly method: string;
  readonly parts: readonly string[];
  readonly handle: Routes[string];
}

const compile = (routes: Routes): Route[] =>
  Object.entries(routes).map(([name, handle]) => {
    const [method = '', path = ''] = name.split(' ');
    return { method, parts: path.split('/').slice(1), handle };
  });

/** Clients of BIGQUERY_EMULATOR_HOST leave the prefix out, those with an apiEndpoint send it. */
const PREFIX = /^\/(?:bigquery\/v2\/)?(?=projects\/)/;
const UPLOAD = /^\/(?:resumable\/)?upload\/bigquery\/v2\/(?=projects\/)/;

export async function serve(
  routes: Routes,
  uploads: Routes,
  options: BigQueryServerOptions = {},
): Promise<BigQueryServer> {
  const tables = { api: compile(routes), upload: compile(uploads) };
  const server = createServer((request, response) => {
    void answer(request, response, tables);
  });
  server.requestTimeout = 0;
  server.listen(options.port ?? 9050, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  return {
    address: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 2000).unref();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  tables: { api: Route[]; upload: Route[] },
): Promise<void> {
  try {
    await send(request, response, await dispatch(request, tables));
  } catch (error) {
    const known = asBigQueryError(error);
    const failure =
      known instanceof BigQueryError
        ? known
        : new BigQueryError('internalError', 'The engine failed', { cause: error });
    if (!response.headersSent)
      await send(request, response, { status: failure.status, body: errorBody(failure) });
    else response.destroy();
  }
}

async function dispatch(
  request: IncomingMessage,
  tables: { api: Route[]; upload: Route[] },
): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://local');
  const isUpload = UPLOAD.test(pathname);
  const path = pathname
    .replace(isUpload ? UPLOAD : PREFIX, '')
    .split('/')
    .map(decodeURIComponent);
  for (const route of isUpload ? tables.upload : tables.api) {
    const parts = route.method === request.method ? matchParts(route.parts, path) : undefined;
    if (!parts) continue;
    const call: Call = {
      method: route.method,
      parts,
      query: searchParams,
      ifMatch: request.headers['if-match'],
      body: () => readJson(request),
      request,
    };
    return route.handle(call);
  }
  throw new BigQueryError('notFound', `Not found: ${request.method} ${pathname} is not supported`);
}

function matchParts(pattern: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== path.length) return undefined;
  const parts: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const given = path[index] ?? '';
    if (part.startsWith(':')) parts[part.slice(1)] = given;
    else if (part !== given) return undefined;
  }
  return parts;
}
