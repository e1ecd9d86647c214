import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import type { App } from '../../kernel/context.ts';
import { defineEndpoint, Reply } from '../../kernel/define.ts';
import { notFound } from '../../kernel/errors.ts';
import { oncePer } from '../../kernel/once-per.ts';
import { openApiDocument } from '../../kernel/requests/openapi.ts';
import { eventsOf } from '../webhooks/module.ts';

/** It says the same for as long as the platform runs, and anybody may ask for it. */
const documentOf = oncePer((app: App) => {
  const { version, publicUrl: url } = app.settings;
  return JSON.stringify(openApiDocument(app.registry, { version, url }, eventsOf(app)));
});

export const openApi = defineEndpoint({
  name: 'platform.openapi',
  path: '/api/openapi.json',
  method: 'GET',
  summary: 'This API as an OpenAPI 3.1 document',
  access: 'public',
  input: z.object({}),
  output: z.record(z.string(), z.unknown()),
  example: {},
  handle: ({ app }) => new Reply(200, documentOf(app), { 'content-type': 'application/json; charset=utf-8' }),
});

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};
const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mewayz API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><main id="reference"></main><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`;
const START = `SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#reference', deepLinking: true, filter: true, docExpansion: 'none' });\n`;

/** The reference page; its scripts come from the installed package, so it works without the internet. */
export const reference = defineEndpoint({
  name: 'platform.docs',
  path: '/docs',
  method: 'GET',
  summary: 'The API reference page',
  access: 'public',
  input: z.object({}),
  output: z.undefined(),
  example: {},
  handle: () => new Reply(200, PAGE, { 'content-type': 'text/html; charset=utf-8' }),
});

export const referenceFile = defineEndpoint({
  name: 'platform.docs.file',
  path: '/docs/{file}',
  method: 'GET',
  summary: 'A script or style of the API reference page',
  access: 'public',
  input: z.object({ file: z.string() }),
  output: z.undefined(),
  example: { file: 'swagger-ui.css' },
  handle: async (_ctx, { file }) => {
    if (file === 'start.js')
      return new Reply(200, START, { 'content-type': 'text/javascript; charset=utf-8' });
    if (file !== 'swagger-ui.css' && file !== 'swagger-ui-bundle.js') throw notFound('This file');
    const folder = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
    const headers = {
      'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
      'cache-control': 'public, max-age=86400',
    };
    return new Reply(200, await readFile(path.join(folder, file)), headers);
  },
});
