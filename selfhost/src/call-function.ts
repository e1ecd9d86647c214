import type { CloudFunction } from './discover.ts';

/**
 * Calls the HTTP handler that onSchedule or onTaskDispatched made, with as much of a request and a response as it
 * uses. Header names are lower case. Resolves with the status code of the answer.
 */
export async function callFunction(
  fn: CloudFunction,
  headers: Readonly<Record<string, string>>,
  body: object,
): Promise<number> {
  const header = (key: string) => headers[key.toLowerCase()];
  let code = 200;
  const response = {
    status(next: number) {
      code = next;
      return response;
    },
    send() {
      return response;
    },
    end() {
      return response;
    },
  };
  await fn({ method: 'POST', url: '/', headers, header, get: header, body }, response);
  return code;
}
