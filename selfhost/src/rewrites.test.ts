import { expect, it } from 'vitest';
import { routesOf } from './rewrites.ts';

function resolver(...rewrites: [source: string, functionId: string][]) {
  const json = {
    hosting: { rewrites: rewrites.map(([source, functionId]) => ({ source, function: { functionId } })) },
  };
  const routes = routesOf(json);
  return (path: string) => routes(path)?.function;
}

it('serves a collection and everything below it', () => {
  const route = resolver(['/api/crm/contacts{,/**}', 'crm-contacts']);
  expect(route('/api/crm/contacts')).toBe('crm-contacts');
  expect(route('/api/crm/contacts/con_1/history')).toBe('crm-contacts');
  expect(route('/api/crm/contactsX')).toBeUndefined();
  expect(route('/api/crm')).toBeUndefined();
  expect(route('/')).toBeUndefined();
});

it('lets the first matching rewrite win, as Firebase Hosting does', () => {
  const route = resolver(
    ['/api/crm/contacts/merge', 'merge'],
    ['/api/crm/contacts/*/tags', 'tags'],
    ['/api/crm/contacts{,/**}', 'contacts'],
    ['/api/crm/contacts/late', 'never'],
    ['**', 'portal'],
  );
  expect(route('/api/crm/contacts/merge')).toBe('merge');
  expect(route('/api/crm/contacts/con_1/tags')).toBe('tags');
  expect(route('/api/crm/contacts/late')).toBe('contacts');
  expect(route('/api/crm/contacts/merge/x')).toBe('contacts');
  expect(route('/anything')).toBe('portal');
  expect(route('/')).toBe('portal');
});

it('knows the rarer globs', () => {
  const route = resolver(
    ['/files/**/thumb.png', 'thumb'],
    ['/assets/*.@(js|css)', 'assets'],
    ['/u/:user/feed', 'feed'],
    ['/{a,b}/{c,d}', 'pairs'],
  );
  expect(route('/files/thumb.png')).toBe('thumb');
  expect(route('/files/x/y/thumb.png')).toBe('thumb');
  expect(route('/assets/main.css')).toBe('assets');
  expect(route('/assets/main.map')).toBeUndefined();
  expect(route('/u/ann/feed')).toBe('feed');
  expect(['/a/c', '/a/d', '/b/c', '/b/d'].map(route)).toEqual(Array(4).fill('pairs'));
});

it('is not confused by names that objects inherit, nor by regular expression characters', () => {
  const route = resolver(['/a.b/**', 'dot']);
  expect(route('/axb/c')).toBeUndefined();
  expect(route('/constructor')).toBeUndefined();
  expect(route('/a.b/__proto__')).toBe('dot');
});

it('refuses a firebase.json of another shape', () => {
  expect(() => routesOf({ hosting: {} })).toThrow();
});
