import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Secrets } from './ports/secrets.ts';

const KEY = 'sealed-fields';

/** Encrypts a secret that must be read back (AES-256-GCM: 12-byte nonce, tag, text; base64url). `purpose` binds it to its record. */
export async function seal(secrets: Secrets, purpose: string, text: string): Promise<string> {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', (await secrets.key(KEY)).subarray(0, 32), nonce);
  cipher.setAAD(Buffer.from(purpose));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
}

/** Throws when the text was changed or belongs to another purpose. */
export async function unseal(secrets: Secrets, purpose: string, sealed: string): Promise<string> {
  const bytes = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv(
    'aes-256-gcm',
    (await secrets.key(KEY)).subarray(0, 32),
    bytes.subarray(0, 12),
  );
  decipher.setAAD(Buffer.from(purpose));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
}
