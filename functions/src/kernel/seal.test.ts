import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Secrets } from './ports/secrets.ts';
import { seal, unseal } from './seal.ts';

const keys = (seed: string): Secrets =>
  ({ key: async (name: string) => createHash('sha256').update(`${seed} ${name}`).digest() }) as Secrets;
const secrets = keys('one');

it('gives back what was sealed, and looks different each time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
      const [first, second] = [await seal(secrets, 'p', text), await seal(secrets, 'p', text)];
      expect(first).not.toBe(second);
      expect(await unseal(secrets, 'p', first)).toBe(text);
    }),
  );
});

it('refuses another purpose, another key, and any changed byte', async () => {
  const sealed = await seal(secrets, 'whk_1', 'whsec_secret');
  await expect(unseal(secrets, 'whk_2', sealed)).rejects.toThrow();
  await expect(unseal(keys('two'), 'whk_1', sealed)).rejects.toThrow();
  const bytes = Buffer.from(sealed, 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    await expect(unseal(secrets, 'whk_1', changed.toString('base64url'))).rejects.toThrow();
  }
  await expect(unseal(secrets, 'whk_1', '')).rejects.toThrow();
});
