import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../errors.ts';
import { InvalidFileKey } from '../../file-keys.ts';
import type { Files } from '../../ports/files.ts';

/** What every implementation of the port `Files` guarantees. */
export function filesContract(name: string, open: () => Promise<Files>): void {
  const key = (): string => `tenants/ten_1/test/${crypto.randomUUID()}`;
  describe(`files: ${name}`, () => {
    it('gives back what was written, also from an offset, and replaces it whole', async () => {
      const files = await open();
      const at = key();
      expect(await files.exists(at)).toBe(false);
      expect(
        await files.write(at, Readable.from([Buffer.from('hello '), Buffer.from('world')]), {
          contentType: 'text/plain',
        }),
      ).toEqual({ bytes: 11 });
      expect(await text(await files.read(at))).toBe('hello world');
      expect(await text(await files.read(at, { start: 6 }))).toBe('world');
      await files.write(at, Readable.from([Buffer.from('short')]));
      expect(await text(await files.read(at))).toBe('short');
      expect(await files.exists(at)).toBe(true);
      await files.check();
    });

    it('keeps an empty file', async () => {
      const files = await open();
      const at = key();
      expect(await files.write(at, Readable.from([]))).toEqual({ bytes: 0 });
      expect(await text(await files.read(at))).toBe('');
    });

    it('stores nothing of a stream that fails or is too long, and keeps what was there', async () => {
      const files = await open();
      const at = key();
      const failing = async function* (): AsyncGenerator<Buffer> {
        yield Buffer.from('half');
        throw new Error('the sender went away');
      };
      await expect(files.write(at, Readable.from(failing()))).rejects.toThrow('the sender went away');
      expect(await files.exists(at)).toBe(false);
      await files.write(at, Readable.from([Buffer.from('old')]));
      const long = files.write(at, Readable.from([Buffer.alloc(60), Buffer.alloc(60)]), { maxBytes: 100 });
      await expect(long).rejects.toThrow(expect.objectContaining({ code: 'too_large' }) as Problem);
      expect(await text(await files.read(at))).toBe('old');
    });

    it('deletes, twice if asked, and says when there is nothing to read', async () => {
      const files = await open();
      const at = key();
      await files.write(at, Readable.from([Buffer.from('x')]));
      await files.delete(at);
      await files.delete(at);
      await expect(files.read(at)).rejects.toThrow(expect.objectContaining({ code: 'not_found' }) as Problem);
    });

    it.each([
      '',
      '/etc/passwd',
      '../x',
      'a/../b',
      'a//b',
      'a/.hidden',
      'a\\b',
      'C:/x',
      'a/nul',
      'a/COM1.txt',
      'a/b.',
      'a b',
      'a/b\0',
      'ü',
      'x'.repeat(901),
    ])('refuses the key %j', async (bad) => {
      const files = await open();
      await expect(files.write(bad, Readable.from([]))).rejects.toThrow(InvalidFileKey);
      await expect(files.read(bad)).rejects.toThrow(InvalidFileKey);
      await expect((async () => files.exists(bad))()).rejects.toThrow(InvalidFileKey);
      await expect((async () => files.delete(bad))()).rejects.toThrow(InvalidFileKey);
    });
  });
}
