import { HttpFailed, type HttpFailure, HttpRefused, type HttpResponse } from '../../kernel/ports/http.ts';

/** An error of Node's HTTP client as the port says it. */
export function asFailure(error: Error, response?: HttpResponse): HttpFailed | HttpRefused {
  if (error instanceof HttpRefused || error instanceof HttpFailed) return error;
  // When a name has several addresses, the errors of all of them come as one without a message of its own.
  const [first] = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  const kind = kindOf(first ?? error, response);
  const message = response ? 'The answer broke off.' : first?.message || error.name;
  return new HttpFailed(kind, message, response, { cause: error });
}

function kindOf(error: NodeJS.ErrnoException, response: HttpResponse | undefined): HttpFailure {
  const { code = '', syscall = '' } = error;
  if (/^(?:query|getaddrinfo)/.test(syscall)) return 'dns';
  if (/^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|EPROTO$)/.test(code))
    return 'certificate';
  return response || /^HPE_/.test(code) ? 'answer' : 'connection';
}
