import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';

const PROBLEMS = {
  malformed: { status: 400, title: 'The request could not be read' },
  not_found: { status: 404, title: 'Not found' },
  too_large: { status: 413, title: 'Too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
} as const;

/** Answers what no function can answer, with the same RFC 9457 document as the functions send. */
export function sendProblem(response: ServerResponse, code: keyof typeof PROBLEMS, detail: string): void {
  const { status, title } = PROBLEMS[code];
  const type = `https://docs.mewayz.com/problems/${code}`;
  const document = { type, title, status, code, detail, requestId: randomUUID() };
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify(document));
}
