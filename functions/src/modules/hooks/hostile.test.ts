import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHookWorld, type HookWorld, standard } from './hooks.fixture.ts';
import { applyMapping } from './mapping.ts';

describe('a mapping', () => {
  it.each([
    ['calls itself without end', '($f := function($n) { $f($n + 1) + 1 }; $f(0))'],
    ['calls itself without end in tail position', '($f := function($n) { $f($n + 1) }; $f(0))'],
    ['loops over very much', '$map([1..9000000], function($i) { $i * 2 })'],
    ['backtracks for ever', '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)'],
    [
      'takes all memory',
      '($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; { "name": $f("xxxxxxxx", 40) })',
    ],
    ['pads a text without measure', '{ "name": $pad("x", 2000000000) }'],
    ['evaluates text without end', '($s := "$eval($s)"; $eval($s))'],
    ['gives no object', '42'],
    ['gives far too many', '[1..2000].{ "name": "x" }'],
    ['gives far too much', '{ "name": $join([1..1000000].("xxxxxxxxxx")) }'],
    ['reaches for the process', '$process.exit(0) ~> function($x) { $error("none") }'],
  ])('that %s is ended with a 422', async (_name, mapping) => {
    await expect(applyMapping(mapping, {})).rejects.toMatchObject({ status: 422 });
  });

  it.each([
    ['the constructor of an object', '{ "name": constructor.constructor("return process")() }'],
    ['a prototype', '{ "name": __proto__.polluted }'],
    ['the constructor of a function', '{ "name": $string.constructor("return 1")() }'],
    ['a constructor by name', '{ "name": $lookup($, "constructor") }'],
  ])('gets nothing from %s', async (_name, mapping) => {
    const outcome = await applyMapping(mapping, { a: 1 }).catch((error: { status: number }) => error);
    expect(JSON.stringify(outcome)).not.toMatch(/process|\[native code\]/);
  });

  it('cannot change what later mappings see', async () => {
    const attack =
      '$ ~> |$|{ "__proto__": { "polluted": 1 }, "constructor": { "prototype": { "polluted": 1 } } }|';
    await applyMapping(attack, { a: 1 }).catch(() => undefined);
    expect(
      await applyMapping('{ "polluted": $exists(x.polluted), "own": $exists(polluted) }', { x: {} }),
    ).toEqual([{ polluted: false, own: false }]);
  });

  it('gives plain data, or nothing', async () => {
    expect(await applyMapping('{ "name": a.b, "tags": c }', { a: { b: 'x' }, c: ['d'] })).toEqual([
      { name: 'x', tags: ['d'] },
    ]);
    expect(await applyMapping('nothing.here', {})).toEqual([]);
  });

  it('sees headers, query and event beside the content', async () => {
    const bindings = { headers: { a: '1' }, query: { b: '2' }, event: { type: 't' } };
    expect(await applyMapping('{ "x": $headers.a & $query.b & $event.type & $ }', 'text', bindings)).toEqual([
      { x: '12ttext' },
    ]);
  });
});

describe('a delivery', () => {
  let world: HookWorld;
  beforeAll(async () => {
    world = await createHookWorld();
  });
  afterAll(() => world?.platform.close());

  it('whose names are those of every object is mapped like any other', async () => {
    const to = await world.hook({ mapping: '{ "name": $string($keys($)[0]) }' });
    const raw = '{ "__proto__": { "x": 1 }, "constructor": 1, "toString": 2 }';
    expect((await world.deliver(to, raw, standard(to, raw))).status).toBe(202);
    await world.platform.drain();
    expect((await world.stored(to))[0]?.state).toMatch(/^(?:applied|failed)$/);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('that nests very deep is stored or refused, and ends nothing', async () => {
    const to = await world.hook({ mapping: '{ "name": "deep" }' });
    const raw = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const { status } = await world.deliver(to, raw, standard(to, raw));
    expect([202, 400]).toContain(status);
    await world.platform.drain();
    expect((await world.stored(to))[0]?.state).toMatch(/^(?:applied|failed|rejected)$/);
  });

  it('keeps no credentials of its sender, whatever they are called', async () => {
    const to = await world.hook();
    const headers = {
      ...standard(to, '{}'),
      authorization: 'Bearer top-secret-1',
      cookie: 'a=top-secret-2',
      'x-api-key': 'top-secret-3',
      'x-access-token': 'top-secret-4',
      __proto__x: 'y',
      'x-long': 'z'.repeat(8_000),
    };
    const { body } = await world.deliver(to, '{}', headers);
    const shown = await world.call('GET', `/api/hooks/deliveries/content?id=${body.id}`);
    expect(shown.text).not.toContain('top-secret');
    expect(shown.body.headers).toMatchObject({ authorization: '[hidden]', 'x-long': 'z'.repeat(8_000) });
  });

  it('that was refused is kept only some times, so that nobody can fill the store', async () => {
    const to = await world.hook();
    const answers = await Promise.all(Array.from({ length: 40 }, () => world.deliver(to, '{}', {})));
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(401));
    expect(await world.stored(to)).toHaveLength(20);
  });

  it('beyond the rate of its endpoint is told when to come again', async () => {
    const to = await world.hook({ rateLimit: 3 });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => world.deliver(to, '{}', standard(to, '{}', `m${n}`))),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers['retry-after']).toMatch(/^\d+$/);
    const other = await world.hook({ rateLimit: 3 });
    expect((await world.deliver(other, '{}', standard(other, '{}'))).status).toBe(202);
  });
});
