import http from 'node:http';

/** Sends the head of a request and none of its body, and reads the answer to that. */
export function sendHeadersOnly(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text });
        request.destroy();
      });
    });
    request.on('error', reject);
    request.flushHeaders();
  });
}
