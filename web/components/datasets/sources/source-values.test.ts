import { describe, expect, it } from 'vitest';
import type { Source } from '@/client/sources';
import { fieldsOf, SOURCE_KINDS } from './source-kinds';
import { isShown, placeOf, sourceDraft, sourceValues } from './source-values';

const stored = (config: Source['config'], more: Partial<Source> = {}): Source => ({
  id: 'src_1',
  version: 1,
  createdAt: '',
  updatedAt: '',
  createdBy: '',
  name: 'Orders',
  kind: String(config.kind),
  mode: 'replace',
  active: true,
  secretNames: [],
  failures: 0,
  config,
  ...more,
});

describe('a form of a source', () => {
  it('says again what is stored, of every kind', () => {
    const configs: Source['config'][] = [
      { kind: 'url', url: 'https://a.test/x.csv', format: 'csv', auth: { type: 'basic', user: 'ada' } },
      { kind: 'google-sheet', url: 'https://docs.google.com/spreadsheets/d/1/edit' },
      {
        kind: 'rest',
        url: 'https://a.test/',
        records: 'data.items',
        query: { since: '{{since}}', q: 'a: b' },
        headers: { 'X-Tenant': 'mine' },
        auth: { type: 'api-key', parameter: 'key' },
        // What the form does not show stays.
        paging: { type: 'page', parameter: 'p', size: 50, first: 0 },
        maxPages: 7,
      },
      {
        kind: 'rest',
        url: 'https://a.test/',
        auth: { type: 'api-key', header: 'X-Key' },
        paging: { type: 'link' },
      },
      {
        kind: 'graphql',
        url: 'https://a.test/',
        query: '{ orders { nodes { id } } }',
        variables: { first: 10, since: '{{since}}' },
        records: 'data.orders.nodes',
        paging: { type: 'relay', variable: 'cursor' },
      },
      { kind: 'webhook', endpointId: 'whk_1', types: ['order'] },
      {
        kind: 'postgres',
        host: 'db.test',
        port: 5433,
        database: 'shop',
        user: 'ada',
        query: 'SELECT 1',
        tls: 'verify',
      },
    ];
    for (const config of configs) expect(placeOf(sourceValues(stored(config))).config).toEqual(config);
  });

  it('sends a secret only where somebody wrote one, and nothing of fields that are not shown', () => {
    const values = { ...sourceValues(), kind: 'rest', secrets: { token: 'old', key: ' new ' } };
    const config = {
      url: 'https://a.test/',
      auth: { type: 'key-header', user: 'x' },
      paging: { path: 'next' },
    };
    expect(placeOf({ ...values, config })).toEqual({
      config: { kind: 'rest', url: 'https://a.test/', auth: { type: 'api-key', header: 'X-Api-Key' } },
      secrets: { key: 'new' },
    });
    expect(placeOf({ ...values, config: { url: 'https://a.test/' } }).secrets).toBeUndefined();
  });

  it('says when, and what becomes of the rows that are there', () => {
    const schedule = { every: 'weekly', weekday: 5, at: '07:15', timezone: 'Asia/Tokyo' } as const;
    const incremental = { field: 'at', kind: 'time', lag: 60 } as const;
    const source = stored(
      { kind: 'url', url: 'https://a.test/' },
      { mode: 'upsert', key: ['id'], schedule, incremental },
    );
    const values = sourceValues(source);
    expect(sourceDraft(values)).toEqual({
      name: 'Orders',
      config: source.config,
      mode: 'upsert',
      key: ['id'],
      schedule,
      incremental,
    });
    const replacing = sourceDraft({ ...values, mode: 'replace', every: 'never' });
    expect(Object.keys(replacing).sort()).toEqual(['config', 'mode', 'name']);
  });

  it('shows fields by what other fields of the form say', () => {
    for (const kind of Object.keys(SOURCE_KINDS))
      for (const { when } of fieldsOf(kind))
        if (when) expect(fieldsOf(kind).map(({ at }) => at)).toContain(when.at);
    const size = fieldsOf('rest').find(({ at }) => at === 'config.paging.size');
    if (!size) throw new Error('no such field');
    expect(isShown(size, { kind: 'rest', config: {} })).toBe(false);
    expect(isShown(size, { kind: 'rest', config: { paging: { type: 'page' } } })).toBe(true);
  });
});
