import { expect, it } from 'vitest';
import { createFairQueue } from './fair-queue.ts';

it('takes from each lane in turn, one at a time, whatever fails', async () => {
  const queue = createFairQueue();
  const order: string[] = [];
  let atOnce = 0;
  const work = (name: string) => async (): Promise<string> => {
    expect(++atOnce).toBe(1);
    await new Promise(setImmediate);
    atOnce--;
    order.push(name);
    if (name.endsWith('2')) throw new Error(name);
    return name;
  };
  const all = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1'].map((name) => queue(name.charAt(0), work(name)));
  const settled = await Promise.allSettled(all);
  expect(order).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  expect(settled.map(({ status }) => status === 'rejected')).toEqual([
    false,
    true,
    false,
    false,
    false,
    true,
    false,
  ]);
  expect(await queue('a', work('again'))).toBe('again');
});

it('refuses a lane that brings too much, and no other', async () => {
  const queue = createFairQueue();
  const outcomes = await Promise.allSettled(Array.from({ length: 80 }, () => queue('a', async () => 1)));
  const refused = outcomes.filter((one) => one.status === 'rejected');
  expect(refused.length).toBe(29);
  expect(refused[0]?.reason).toMatchObject({ code: 'rate_limited' });
  expect(await queue('b', async () => 2)).toBe(2);
});
