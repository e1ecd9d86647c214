import { describe, expect, it } from 'vitest';
import type { Search } from '../../ports/search.ts';

/** What every implementation of the port `Search` guarantees. */
export function searchContract(name: string, open: () => Promise<Search>): void {
  const contacts = (tenantId: string) => ({ tenantId, collection: 'crm.contacts' });
  const tenant = (): string => `ten_${crypto.randomUUID()}`;
  const entry = (id: string, text: string | null, collection = 'crm.contacts') => ({ collection, id, text });

  describe(`search: ${name}`, () => {
    it('finds every word as a prefix, in any order, without case and accents', async () => {
      const search = await open();
      const own = tenant();
      await search.apply(
        own,
        [
          entry('con_1', 'Zoë Müller zoe@example.com'),
          entry('con_2', 'Ada Lovelace'),
          entry('con_3', '日本 Łódź 42'),
        ],
        'p1',
      );
      for (const query of ['zoe', 'ZOË', 'mul', 'muller zo', 'example', 'zoe@example', 'müller, "zoe'])
        expect([query, await search.find(contacts(own), query, 10)]).toEqual([query, ['con_1']]);
      expect(await search.find(contacts(own), '日本', 10)).toEqual(['con_3']);
      expect(await search.find(contacts(own), '4', 10)).toEqual(['con_3']);
      for (const query of ['', '  ', '"', '*', 'oe', 'zoe lovelace', 'zoe AND', "zoe' OR '1"])
        expect([query, await search.find(contacts(own), query, 10)]).toEqual([query, []]);
    });

    it('keeps tenants and collections apart', async () => {
      const search = await open();
      const [own, other] = [tenant(), tenant()];
      await search.apply(
        own,
        [entry('con_1', 'shared words'), entry('com_1', 'shared words', 'crm.companies')],
        'p1',
      );
      await search.apply(other, [entry('con_9', 'shared words')], 'p1');
      expect(await search.find(contacts(own), 'shared', 10)).toEqual(['con_1']);
      expect(await search.find({ tenantId: own, collection: 'crm.companies' }, 'words', 10)).toEqual([
        'com_1',
      ]);
      expect(await search.find(contacts(other), 'shared', 10)).toEqual(['con_9']);
      expect(await search.find(contacts(tenant()), 'shared', 10)).toEqual([]);
    });

    it('replaces and removes entries, and moves its position with them', async () => {
      const search = await open();
      const own = tenant();
      expect(await search.position(own)).toBeUndefined();
      await search.apply(own, [entry('con_1', 'first text')], '["2026-01-01",1]');
      expect(await search.position(own)).toBe('["2026-01-01",1]');
      await search.apply(own, [entry('con_1', 'second text'), entry('con_2', 'text')], 'p2');
      expect(await search.find(contacts(own), 'first', 10)).toEqual([]);
      expect(await search.find(contacts(own), 'second', 10)).toEqual(['con_1']);
      await search.apply(own, [entry('con_1', null), entry('con_2', '...'), entry('con_3', null)], 'p3');
      await search.apply(own, [entry('con_1', null)], 'p3');
      expect(await search.find(contacts(own), 'text', 10)).toEqual([]);
      expect(await search.position(own)).toBe('p3');
    });

    it('gives at most as many as asked, the closest first', async () => {
      const search = await open();
      const own = tenant();
      const many = Array.from({ length: 600 }, (_, i) =>
        entry(`con_${i}`, `annabel number${i} with more words around it`),
      );
      await search.apply(own, [...many, entry('con_exact', 'anna')], 'p1');
      expect(await search.find(contacts(own), 'anna', 5)).toHaveLength(5);
      expect((await search.find(contacts(own), 'anna', 1000))[0]).toBe('con_exact');
      expect(await search.find(contacts(own), 'number599', 5)).toEqual(['con_599']);
    });
  });
}
