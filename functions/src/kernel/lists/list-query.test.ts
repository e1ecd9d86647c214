import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineCollection } from '../define.ts';
import { Problem } from '../errors.ts';
import { instant } from '../schema.ts';
import { makeCursor, parseListQuery } from './list-query.ts';

const things = defineCollection({
  name: 'test.things',
  idPrefix: 'thg',
  labels: { one: 'thing', many: 'things' },
  fields: {
    name: z.string(),
    size: z.number(),
    count: z.int().optional(),
    done: z.boolean(),
    kind: z.enum(['a', 'b']),
    tags: z.array(z.string()),
    due: instant.optional(),
    on: z.iso.date().optional(),
    secret: z.string(),
  },
  access: { read: 'viewer', create: 'editor', update: 'editor', delete: 'editor' },
  filters: ['name', 'size', 'count', 'done', 'kind', 'tags', 'due', 'on'],
  sorts: ['name', 'size'],
  search: ['name'],
  example: { name: 'x', size: 1, done: true, kind: 'a', tags: [], secret: '' },
});

const problemOf = (parameters: Record<string, unknown>): Problem => {
  try {
    parseListQuery(things, parameters);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error(`accepted ${JSON.stringify(parameters)}`);
};

describe('a list query', () => {
  it.each([
    ['name', 'Ada', { field: 'name', operator: 'eq', value: 'Ada' }],
    ['name.prefix', 'A', { field: 'name', operator: 'prefix', value: 'A' }],
    ['size.gte', '-1.5', { field: 'size', operator: 'gte', value: -1.5 }],
    ['size.in', '1,2', { field: 'size', operator: 'in', value: [1, 2] }],
    ['done', 'false', { field: 'done', operator: 'eq', value: false }],
    ['kind.ne', 'b', { field: 'kind', operator: 'ne', value: 'b' }],
    ['tags', 'vip', { field: 'tags', operator: 'contains', value: 'vip' }],
    [
      'due.lt',
      '2026-01-01T01:00:00+01:00',
      { field: 'due', operator: 'lt', value: '2026-01-01T00:00:00.000Z' },
    ],
    [
      'due.lt',
      '2026-01-01T01:00:00 01:00',
      { field: 'due', operator: 'lt', value: '2026-01-01T00:00:00.000Z' },
    ],
    ['on', '2026-01-01', { field: 'on', operator: 'eq', value: '2026-01-01' }],
  ])('reads %s=%s', (name, raw, filter) => {
    expect(parseListQuery(things, { [name]: raw }).filters).toEqual([filter]);
  });

  it.each([
    ['size', 'many'],
    ['size', ''],
    ['size', 'Infinity'],
    ['size', 'NaN'],
    ['done', 'yes'],
    ['kind', 'c'],
    ['due', 'soon'],
    ['on', '1.1.2026'],
    ['secret', 'x'],
    ['__proto__', 'x'],
    ['constructor', 'x'],
    ['size.prefix', '1'],
    ['sort', 'tags'],
    ['sort', '--name'],
    ['limit', '1e9'],
    ['limit', '1.5'],
    ['limit', '-1'],
    ['fields', 'nonsense'],
    ['cursor', ''],
    ['cursor', 'W10'],
    ['name.in', Array(40).fill('x').join(',')],
  ])('refuses %s=%s, and says which parameter it was', (name, raw) => {
    const { status, errors } = problemOf(Object.fromEntries([[name, raw]]));
    expect({ status, path: errors?.[0]?.path }).toEqual({ status: 400, path: name });
  });

  it('names every parameter that is wrong at once, and repeated ones', () => {
    const { errors } = problemOf({ nonsense: '1', limit: '0', name: ['a', 'b'], kind: { x: '1' } });
    expect(errors?.map(({ path }) => path).sort()).toEqual(['kind', 'limit', 'name', 'nonsense']);
  });

  it('takes a cursor only with the filters and the sort it was made for', () => {
    const page = parseListQuery(things, { size: '1', sort: '-name' });
    const cursor = makeCursor(page.shape, ['Ada', 'thg_1']);
    expect(parseListQuery(things, { size: '1', sort: '-name', cursor }).after).toEqual(['Ada', 'thg_1']);
    for (const other of [{ size: '2', sort: '-name' }, { size: '1', sort: 'name' }, { sort: '-name' }])
      expect(problemOf({ ...other, cursor }).errors?.[0]?.code).toBe('foreign_cursor');
  });

  it('throws nothing but a 400 Problem, whatever it is given', () => {
    const names = fc.constantFrom(
      'name',
      'size',
      'size.gt',
      'tags.contains',
      'sort',
      'limit',
      'cursor',
      'q',
      'fields',
      'due.in',
      'x.y.z',
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.oneof(names, fc.string()), fc.oneof(fc.string(), fc.array(fc.string())), {
          noNullPrototype: true,
        }),
        (parameters) => {
          try {
            const { limit } = parseListQuery(things, parameters);
            expect(limit).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toMatchObject({ status: 400 });
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
