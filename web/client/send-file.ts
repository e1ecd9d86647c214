import type { Api } from './api';
import { ApiProblem } from './problem';

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** 0 to 1, while the file travels. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** Posts a file as the body. XMLHttpRequest, because fetch does not tell how much of a body has left. */
export async function sendFile<T>(api: Api, url: string, file: Blob, options: SendOptions): Promise<T> {
  const token = await api.session.token();
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', url);
    xhr.responseType = 'json';
    xhr.setRequestHeader('authorization', `Bearer ${token}`);
    if (api.tenant) xhr.setRequestHeader('x-tenant-id', api.tenant);
    for (const [name, value] of Object.entries(options.headers ?? {})) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable) options.onProgress?.(event.loaded / event.total);
    };
    xhr.onload = () => {
      const answer = (xhr.response ?? {}) as Record<string, unknown>;
      if (xhr.status >= 200 && xhr.status < 300) resolve(answer as T);
      else reject(new ApiProblem(xhr.status, answer));
    };
    xhr.onerror = () => reject(new ApiProblem(0, {}));
    xhr.onabort = () => reject(new DOMException('Aborted', 'AbortError'));
    options.signal?.addEventListener('abort', () => xhr.abort());
    xhr.send(file);
  });
}
