import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES } from '../../functions/src/kernel/access.ts';
import { MAX_JSON_BYTES } from '../../functions/src/kernel/requests/http.ts';
import type { Operation } from '../../functions/src/kernel/requests/operation.ts';
import { sendHeadersOnly } from '../support/raw.ts';
import { actionOf, collectionOf, collectionOfId, operations, roleMay } from '../support/registry.ts';
import type { Answer, RequestOptions } from '../support/server.ts';
import { type Call, validCall, withId } from './calls.ts';
import { type Column, EXCEPTIONS } from './exceptions.ts';
import { type Actor, createWorld, needsPlatformRecord, type World } from './world.ts';

/**
 * Every operation of the registry × what may be wrong with a request, through the real server.
 * A new operation is in here by being declared.
 */
let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.server.remove());

const named = (list: readonly Operation[]): [string, Operation][] =>
  list.map((operation) => [`${operation.name} (${operation.method} ${operation.path})`, operation]);
const each = (applies: (operation: Operation) => boolean): [string, Operation][] =>
  named(operations.filter(applies));
const guarded = (operation: Operation): boolean => operation.access !== 'public';
const inTenant = (operation: Operation): boolean => guarded(operation) && operation.access !== 'signed-in';
const takesJson = (operation: Operation): boolean => operation.body === 'json';
const hasId = (operation: Operation): boolean => operation.path.includes('{id}');
const idFields = (operation: Operation): string[] => {
  const action = actionOf(operation);
  if (action !== undefined && action !== 'create') return [];
  return Object.entries(Object(operation.example)).flatMap(([name, value]) =>
    typeof value === 'string' && collectionOfId(value) ? [name] : [],
  );
};
const expected = (operation: Operation, column: Column, status: number): number =>
  EXCEPTIONS[operation.name]?.[column]?.status ??
  (column === 'example' && needsPlatformRecord(operation) ? 404 : status);

function send(
  who: Actor,
  operation: Operation,
  { url, body, raw, headers }: Call,
  options: RequestOptions = {},
): Promise<Answer> {
  return who.call(operation.method, url, {
    body,
    raw,
    ...options,
    headers: { ...headers, ...options.headers },
  });
}

/** RFC 9457, with the id of the request, and nothing of our insides. */
function expectProblem(answer: Answer, status: number, code?: string): void {
  expect({ status: answer.status, text: answer.text.slice(0, 500) }).toMatchObject({ status });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({
    status,
    requestId: expect.stringMatching(/^[\w-]{8,64}$/),
    type: expect.any(String),
    title: expect.any(String),
    detail: expect.any(String),
    ...(code ? { code } : {}),
  });
  expect(answer.text).not.toMatch(/node_modules|\.ts:\d|at \w+ \(/);
}

/** A call that needs no records: what is refused before the body is looked at. */
const bareCall = (operation: Operation): Call => ({
  url: operation.path.replace(/\{\w+\}/g, 'none'),
  ...(takesJson(operation) ? { body: {} } : {}),
});

describe('an operation has an example', () => {
  it.each(named(operations))('%s', (_name, operation) => {
    expect(operation.example).toBeTypeOf('object');
    if (operation.input && takesJson(operation))
      expect(operation.input.safeParse(operation.example).error?.issues ?? []).toEqual([]);
  });
});

describe('no credentials: 401', () => {
  it.each(each(guarded))('%s', async (_name, operation) => {
    const answer = await send(world.owner, operation, bareCall(operation), { token: undefined });
    expectProblem(answer, 401, 'unauthenticated');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
});

describe('a bad token: 401', () => {
  const forged = (token: string): string =>
    `${token.slice(0, -6)}${token.endsWith('AAAAAA') ? 'BBBBBB' : 'AAAAAA'}`;
  it.each(each(guarded))('%s', async (_name, operation) => {
    for (const token of [forged(world.owner.token), 'mk_nothing', 'x', unsigned(world.owner.token)])
      expectProblem(await send(world.owner, operation, bareCall(operation), { token }), 401);
    expectProblem(
      await send(world.owner, operation, bareCall(operation), {
        token: undefined,
        headers: { authorization: 'Basic YTpi' },
      }),
      401,
    );
  });

  /** The well-known attack on JSON Web Tokens: `alg: none`. */
  function unsigned(token: string): string {
    const header = Buffer.from('{"alg":"none"}').toString('base64url');
    return `${header}.${token.split('.')[1]}.`;
  }
});

describe('another organisation named in X-Tenant-Id: 404', () => {
  it.each(each(inTenant))('%s', async (_name, operation) => {
    for (const tenant of [
      world.stranger.tenantId,
      'platform',
      'ten_01JD0000000000000000000000',
      '../platform',
    ])
      expectProblem(
        await send(world.owner, operation, bareCall(operation), { headers: { 'x-tenant-id': tenant } }),
        404,
        'not_found',
      );
  });
});

describe('another organisation’s record: 404', () => {
  it.each(each((operation) => inTenant(operation) && (hasId(operation) || idFields(operation).length > 0)))(
    '%s',
    async (_name, operation) => {
      const call = await validCall(world, world.owner, operation);
      const answer = await send(world.stranger, operation, call);
      const status = neverAllowed(operation) ? 403 : expected(operation, 'foreign id', 404);
      if (status < 300) expect(answer.status).toBe(status);
      else expectProblem(answer, status);
    },
  );
});

describe('an id that never was one: 404', () => {
  const ODD = ['none', 'a%2Fb', '..%2F..%2Fplatform', '__x__', 'x'.repeat(2_000), '%00', 'é', '%F0%9F%92%A9'];
  it.each(each((operation) => inTenant(operation) && hasId(operation)))('%s', async (_name, operation) => {
    const { body } = await validCall(world, world.owner, operation);
    for (const id of ODD)
      expectProblem(
        await send(world.owner, operation, { url: withId(operation, id), ...(body ? { body } : {}) }),
        neverAllowed(operation) ? 403 : 404,
      );
  });
  it.each(
    each((operation) => inTenant(operation) && takesJson(operation) && idFields(operation).includes('id')),
  )('%s (in the body)', async (_name, operation) => {
    const { url, body } = await validCall(world, world.owner, operation);
    for (const id of ODD.map(decodeURIComponent)) {
      const answer = await send(world.owner, operation, { url, body: { ...body, id } });
      expect(answer.status).toBe(expected(operation, 'odd id', 404));
    }
  });
});

/** Operations that no role may call, because another operation does it. */
const neverAllowed = (operation: Operation): boolean => !roleMay(operation, 'owner');

describe('a role too small: 403', () => {
  const cases = operations
    .filter(inTenant)
    .flatMap((operation) =>
      ROLES.filter((role) => !roleMay(operation, role)).map(
        (role) => [role, operation.name, operation] as const,
      ),
    );
  it.each(cases)('%s: %s', async (role, _name, operation) => {
    expectProblem(await send(world.members[role], operation, bareCall(operation)), 403, 'forbidden');
  });
});

describe('malformed JSON: 400', () => {
  it.each(each((operation) => takesJson(operation) && !neverAllowed(operation)))(
    '%s',
    async (_name, operation) => {
      const { url } = hasId(operation) ? await validCall(world, world.owner, operation) : bareCall(operation);
      for (const raw of ['{"a":', '{a: 1}', '\u0000', '{"a":1}}'])
        expectProblem(
          await send(world.owner, operation, { url, raw, headers: { 'content-type': 'application/json' } }),
          400,
          'malformed',
        );
    },
  );
});

describe('a body that is not JSON: 415', () => {
  it.each(each((operation) => takesJson(operation) && !neverAllowed(operation)))(
    '%s',
    async (_name, operation) => {
      const { url } = hasId(operation) ? await validCall(world, world.owner, operation) : bareCall(operation);
      for (const type of [
        'text/plain',
        'application/xml',
        'multipart/form-data; boundary=x',
        'application/x-www-form-urlencoded',
      ])
        expectProblem(
          await send(world.owner, operation, { url, raw: 'name=Ada', headers: { 'content-type': type } }),
          415,
          'unsupported_media_type',
        );
    },
  );
});

describe('a body of more than 10 MB: 413', () => {
  it.each(each(takesJson))('%s', async (_name, operation) => {
    const { url } = bareCall(operation);
    const headers = {
      authorization: `Bearer ${world.owner.token}`,
      'content-type': 'application/json',
      'content-length': String(MAX_JSON_BYTES + 1),
    };
    const answer = await sendHeadersOnly(new URL(url, world.server.url), operation.method, headers);
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.text)).toMatchObject({
      status: 413,
      code: 'too_large',
      requestId: expect.any(String),
    });
  });
});

describe('an unknown field: 422 that names it', () => {
  it.each(each((operation) => takesJson(operation) && !neverAllowed(operation)))(
    '%s',
    async (_name, operation) => {
      const call = await validCall(world, world.owner, operation);
      const answer = await send(world.owner, operation, { ...call, body: { ...call.body, nonsense: 1 } });
      expectProblem(answer, 422, 'invalid');
      expect(answer.body.errors).toContainEqual(
        expect.objectContaining({ path: 'nonsense', code: 'unknown_field' }),
      );
    },
  );
});

describe('a wrong type: 422 that names the field', () => {
  it.each(each((operation) => takesJson(operation) && !neverAllowed(operation)))(
    '%s',
    async (_name, operation) => {
      const call = await validCall(world, world.owner, operation);
      for (const [field, value] of Object.entries(call.body ?? {})) {
        // Fields that take any JSON have no wrong type.
        if (operation.name === 'hooks.endpoints.try' && field === 'sample') continue;
        const answer = await send(world.owner, operation, {
          ...call,
          body: { ...call.body, [field]: Array.isArray(value) ? { 0: 'x' } : [value] },
        });
        expectProblem(answer, 422, 'invalid');
        expect(
          answer.body.errors.some(
            ({ path }: { path: string }) => path === field || path.startsWith(`${field}.`),
          ),
        ).toBe(true);
      }
      for (const raw of ['[]', 'null', '"text"', '7']) {
        const answer = await send(world.owner, operation, {
          ...call,
          raw,
          headers: { 'content-type': 'application/json' },
        });
        expect([400, 422]).toContain(answer.status);
        expectProblem(answer, answer.status);
      }
    },
  );
});

describe('a stale ETag: 412, and nothing is changed', () => {
  const guards = (operation: Operation): boolean =>
    ['replace', 'patch', 'delete'].includes(actionOf(operation) ?? '') && !neverAllowed(operation);
  it.each(each(guards))('%s', async (_name, operation) => {
    const call = await validCall(world, world.owner, operation);
    for (const tag of ['"99"', 'nonsense', '"0"'])
      expectProblem(await send(world.owner, operation, call, { headers: { 'if-match': tag } }), 412, 'stale');
    expect((await world.owner.call('GET', call.url)).headers.get('etag')).toBe('"1"');
  });
});

describe('a wrong method: 405 that names the right ones', () => {
  it.each(named([...new Map(operations.map((operation) => [operation.path, operation])).values()]))(
    '%s',
    async (_name, operation) => {
      const answer = await world.owner.call('PROPFIND', operation.path.replace(/\{\w+\}/g, 'none'));
      expectProblem(answer, 405, 'method_not_allowed');
      expect(answer.headers.get('allow')).toContain(operation.method);
    },
  );
});

describe('an idempotency key that comes again: the first answer; with another body: 422', () => {
  it.each(
    each(
      (operation) =>
        operation.method === 'POST' &&
        guarded(operation) &&
        !neverAllowed(operation) &&
        !needsPlatformRecord(operation),
    ),
  )('%s', async (_name, operation) => {
    const who =
      operation.name.startsWith('auth.') || operation.access === 'signed-in'
        ? await world.newcomer()
        : world.owner;
    const call = await validCall(world, who, operation);
    const headers = { 'idempotency-key': `matrix ${operation.name}` };
    const first = await send(who, operation, call, { headers });
    expect(first.status).toBeLessThan(300);
    const again = await send(who, operation, call, { headers });
    expect({ status: again.status, text: again.text }).toEqual({ status: first.status, text: first.text });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    if (!takesJson(operation)) return; // A stream is not kept, so it cannot be compared.
    expectProblem(
      await send(who, operation, { ...call, body: { ...call.body, nonsense: 1 } }, { headers }),
      422,
      'idempotency_mismatch',
    );
  });
});

describe('a list', () => {
  const lists = each((operation) => actionOf(operation) === 'list');
  it.each(lists)('%s refuses what was not declared: 400', async (_name, operation) => {
    const bad = [
      'nonsense=1',
      'sort=nonsense',
      'limit=0',
      'limit=201',
      'limit=x',
      'cursor=x',
      'cursor=bnVsbA',
      'fields=nonsense',
      'createdAt.gte=yesterday',
      'limit=1&limit=2',
      'createdAt[gte]=1',
    ];
    for (const query of bad) {
      const answer = await world.owner.call('GET', `${operation.path}?${query}`);
      expectProblem(answer, 400, 'malformed');
      expect(answer.body.errors[0]).toMatchObject({ path: expect.any(String), message: expect.any(String) });
    }
  });
  it.each(lists)('%s refuses a cursor of another query, and a forged one: 400', async (_name, operation) => {
    const collection = collectionOf(operation);
    const { body } = await world.owner.call('GET', `${operation.path}?limit=1&sort=createdAt`);
    const [shape] = body.nextCursor
      ? JSON.parse(Buffer.from(body.nextCursor, 'base64url').toString())
      : ['unknown'];
    expect(collection).toBeDefined();
    for (const position of [
      [],
      ['x'],
      [1, 2],
      [null, null],
      ['x', 'a/b'],
      ['x', ''],
      [true, 'x', 'y'],
      [{}, 'x'],
    ]) {
      const cursor = Buffer.from(JSON.stringify([shape, ...position])).toString('base64url');
      expect([200, 400]).toContain(
        (await world.owner.call('GET', `${operation.path}?sort=createdAt&cursor=${cursor}`)).status,
      );
      expectProblem(await world.owner.call('GET', `${operation.path}?sort=-createdAt&cursor=${cursor}`), 400);
    }
  });
  it.each(lists)('%s serves every declared filter with every declared sort', async (_name, operation) => {
    const { filterFields, sortFields } = await import('../../functions/src/kernel/lists/list-query.ts');
    const collection = collectionOf(operation);
    if (!collection) throw new TypeError(operation.name);
    const sorts = [...sortFields(collection).keys()].flatMap((field) => [field, `-${field}`]);
    for (const [field, type] of filterFields(collection)) {
      const element = type.kind === 'array' ? type.element : type;
      const value = {
        string: 'x',
        number: '1',
        integer: '1',
        boolean: 'true',
        instant: '2026-01-01T00:00:00Z',
        date: '2026-01-01',
        enum: element.kind === 'enum' ? element.values[0] : '',
        json: '',
        array: '',
        object: '',
      }[element.kind];
      for (const sort of sorts) {
        const answer = await world.owner.call('GET', `${operation.path}?${field}=${value}&sort=${sort}`);
        expect({
          query: `${field}, ${sort}`,
          status: answer.status,
          text: answer.status === 200 ? '' : answer.text,
        }).toMatchObject({ status: 200 });
      }
    }
  });
});

describe('the valid example: success', () => {
  it.each(named(operations))('%s', async (_name, operation) => {
    const who =
      operation.name.startsWith('auth.') || operation.access === 'signed-in'
        ? await world.newcomer()
        : world.owner;
    const call = await validCall(world, who, operation);
    const answer = await send(
      who,
      operation,
      call,
      guarded(operation) ? {} : { token: operation.name === 'auth.logout' ? who.token : undefined },
    );
    if (neverAllowed(operation)) return expectProblem(answer, 403, 'forbidden');
    expect({ status: answer.status, text: answer.status < 400 ? '' : answer.text }).toMatchObject({
      status: expected(operation, 'example', operation.status),
    });
    if (operation.output && answer.body !== undefined && answer.status < 300)
      expect(operation.output.safeParse(answer.body).error?.issues ?? []).toEqual([]);
  });
});
