import { describe, expect, it } from 'vitest';
import type { Secrets } from '../../ports/secrets.ts';

/**
 * What every implementation of the port `Secrets` guarantees.
 * @param open called twice for one test stands for two processes that share the store
 */
export function secretsContract(name: string, open: () => Promise<Secrets>): void {
  describe(`secrets: ${name}`, () => {
    it('gives the same key of at least 32 bytes for a name, in every process', async () => {
      const [one, other] = [await open(), await open()];
      const keys = await Promise.all([
        one.key('first-key'),
        other.key('first-key'),
        one.key('first-key'),
        (await open()).key('first-key'),
      ]);
      expect(keys[0]?.length).toBeGreaterThanOrEqual(32);
      for (const key of keys) expect(Buffer.from(key)).toEqual(Buffer.from(keys[0] ?? []));
    });

    it('gives another key for another name', async () => {
      const secrets = await open();
      expect(Buffer.from(await secrets.key('first-key'))).not.toEqual(
        Buffer.from(await secrets.key('second-key')),
      );
    });
  });
}
