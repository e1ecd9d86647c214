import { z } from 'zod';
import type { App } from '../../../kernel/context.ts';
import type { FieldError } from '../../../kernel/errors.ts';

/** An address that is called; `addressErrors` says whether it may be. */
export const publicUrl = z.url({ protocol: /^https?$/, hostname: /./ }).max(2_000);

/** Why an address can never be called, as far as it shows without a call. */
export function addressErrors(url: string, { ports }: App, path = 'url'): FieldError[] {
  const message = ports.http.refusal(url);
  return message === undefined ? [] : [{ path, message, code: 'address_refused' }];
}
