import http from 'node:http';
import net from 'node:net';

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

/** Sends bytes as they are, and resolves everything that comes back until the connection ends. */
export function sendRaw(
  place: { readonly hostname: string; readonly port: number },
  text: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = net.connect({ host: place.hostname, port: place.port }, () =>
      socket.write(text, 'latin1'),
    );
    socket.setEncoding('latin1').on('data', (part: string) => (answer += part));
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
}
