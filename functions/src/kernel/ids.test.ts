import { expect, it } from 'vitest';
import { createIdSource } from './ids.ts';

it('ids of one source sort by the order they were made, within a millisecond and across them', () => {
  let now = 1_700_000_000_000;
  const ids = createIdSource(() => now);
  const made: string[] = [];
  for (let n = 0; n < 20_000; n++) {
    if (n % 1_000 === 0) now += 1;
    made.push(ids.ulid());
  }
  expect(made).toEqual([...made].sort());
  expect(new Set(made).size).toBe(made.length);
});

it('ids go on rising when the clock is set back', () => {
  let now = 1_700_000_000_000;
  const ids = createIdSource(() => now);
  const first = ids.ulid();
  now -= 60_000;
  expect(ids.ulid() > first).toBe(true);
});

it('is a ULID: the time in ten characters, then eighty random bits', () => {
  const at = Date.UTC(2026, 10, 21);
  const id = createIdSource(() => at).ulid();
  expect(id).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  const time = [...id.slice(0, 10)].reduce(
    (sum, letter) => sum * 32 + '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(letter),
    0,
  );
  expect(time).toBe(at);
  expect(createIdSource().next('con')).toMatch(/^con_[0-9A-Z]{26}$/);
});
