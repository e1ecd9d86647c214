import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createOfflineAi } from './ai-offline/index.ts';
import { createOpenAiCompatible } from './ai-openai-compatible/index.ts';
import { createVertexAi } from './ai-vertex/index.ts';

let received: { url: string | undefined; authorization: string | undefined; body: unknown } | undefined;
let answer: { status: number; body: unknown };
const server = createServer(async (request: IncomingMessage, response) => {
  received = {
    url: request.url,
    authorization: request.headers.authorization,
    body: JSON.parse(await text(request)),
  };
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
});
let url: string;

beforeEach(async () => {
  received = undefined;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const request = { instructions: 'Write plainly.', draft: 'Revenue rose by 5 GBP.', locale: 'en' };

test('an OpenAI-compatible server gets instructions and draft, and its text is the answer', async () => {
  answer = {
    status: 200,
    body: { choices: [{ message: { role: 'assistant', content: ' Revenue went up by 5 GBP.\n' } }] },
  };
  const ai = createOpenAiCompatible({ baseUrl: `${url}/v1/`, model: 'llama3.1', apiKey: 'sk-test' });
  expect(ai.engine).toBe('openai-compatible:llama3.1');
  expect(await ai.phrase(request)).toBe('Revenue went up by 5 GBP.');
  expect(received).toMatchObject({
    url: '/v1/chat/completions',
    authorization: 'Bearer sk-test',
    body: { model: 'llama3.1', messages: [{ role: 'system' }, { role: 'user', content: request.draft }] },
  });
});

test.each([
  { status: 500, body: { error: 'no' } },
  { status: 200, body: { choices: [] } },
  { status: 200, body: { choices: [{ message: {} }] } },
])('an answer that is none is an error: %j', async (wrong) => {
  answer = wrong;
  await expect(createOpenAiCompatible({ baseUrl: url, model: 'm' }).phrase(request)).rejects.toThrow();
});

test('Vertex AI is asked for the model in the project and location', async () => {
  answer = {
    status: 200,
    body: { candidates: [{ content: { role: 'model', parts: [{ text: 'Up by 5 GBP.' }] } }] },
  };
  const { OAuth2Client } = await import('google-auth-library');
  const authClient = new OAuth2Client();
  authClient.setCredentials({
    access_token: 'token-of-a-service-account',
    expiry_date: Date.now() + 3_600_000,
  });
  const ai = createVertexAi({
    project: 'shop',
    location: 'europe-west1',
    model: 'gemini-2.5-flash',
    client: { httpOptions: { baseUrl: url }, googleAuthOptions: { authClient: authClient as never } },
  });
  expect(ai.engine).toBe('vertex-ai:gemini-2.5-flash');
  expect(await ai.phrase(request)).toBe('Up by 5 GBP.');
  expect(received?.url).toContain(
    '/projects/shop/locations/europe-west1/publishers/google/models/gemini-2.5-flash:generateContent',
  );
  expect(received).toMatchObject({
    authorization: 'Bearer token-of-a-service-account',
    body: { contents: [{ parts: [{ text: request.draft }] }] },
  });
});

test('offline, the draft is the answer', async () => {
  expect(await createOfflineAi().phrase(request)).toBe(request.draft);
});
