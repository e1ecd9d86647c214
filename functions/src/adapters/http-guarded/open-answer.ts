import type http from 'node:http';
import { Transform } from 'node:stream';
import { HttpFailed, type HttpRequest, type HttpStream } from '../../kernel/ports/http.ts';
import { asFailure } from './failures.ts';

/** Makes a request that is sent by its `end()`; throws `HttpRefused`. */
export type Begin = (request: HttpRequest) => http.ClientRequest;

/** Resolves with the beginning of the answer. The time runs until the body has been read or destroyed. */
export function openAnswer(begin: Begin, asked: HttpRequest): Promise<HttpStream> {
  const { body, timeoutMs, maxBytes, signal } = asked;
  return new Promise((resolve, reject) => {
    const request = begin(asked);
    let opened: HttpStream | undefined;
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      request.destroy();
    };
    const fail = (error: Error): void => {
      const failure = asFailure(error, opened && { ...opened, body: '' });
      end();
      opened?.body.destroy(failure);
      reject(failure);
    };
    const stop = (): void => fail(new HttpFailed('stopped', 'The call was stopped.'));
    const late = (): void => fail(new HttpFailed('timeout', `No whole answer within ${timeoutMs} ms.`));
    const timer = setTimeout(late, timeoutMs);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    request.on('error', fail);
    request.on('response', (response) => {
      const limited = upTo(maxBytes);
      opened = {
        status: response.statusCode ?? 0,
        headers: plainHeaders(response.headers),
        body: limited,
      };
      response.on('error', fail);
      limited.once('close', end);
      // It may break off before anybody reads it; whoever does is told then.
      limited.on('error', () => undefined);
      resolve({ ...opened, body: response.pipe(limited) });
    });
    request.end(body);
  });
}

function upTo(maxBytes: number): Transform {
  let size = 0;
  return new Transform({
    transform(part: Buffer, _encoding, done) {
      size += part.length;
      if (size > maxBytes) done(new HttpFailed('answer', `The answer is longer than ${maxBytes} bytes.`));
      else done(null, part);
    },
  });
}

export const plainHeaders = (headers: http.IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
