import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineCollection } from '../define.ts';
import { announcedBy, updateEvent } from './change.ts';

const watched = defineCollection({
  name: 'test.watched',
  idPrefix: 'wat',
  labels: { one: 'thing', many: 'things' },
  fields: { state: z.string() },
  access: { read: 'viewer', create: 'viewer', update: 'viewer', delete: 'viewer' },
  events: {
    failed: ({ state }) => state === 'failed',
    recovered: ({ state }, before) => state === 'passed' && before.state === 'failed',
  },
  example: { state: 'new' },
});

it.each([
  [{ state: 'failed' }, { state: 'passed' }, 'failed'],
  [{ state: 'passed' }, { state: 'failed' }, 'recovered'],
  [{ state: 'passed' }, { state: 'new' }, 'updated'],
  [{ name: 'x' }, { state: 'failed' }, 'updated'],
])('tells %j after %j as %s', (patch, before, event) => {
  expect(updateEvent(watched, patch, before)).toBe(`test.watched.${event}`);
});

it('names every event of a collection, and what it tells of', () => {
  const events = announcedBy(watched).map(({ event, operation }) => `${event.slice(13)} ${operation}`);
  expect(events).toEqual([
    'created create',
    'updated update',
    'deleted delete',
    'restored restore',
    'failed update',
    'recovered update',
  ]);
});
