import { expect, it } from 'vitest';
import ar from './ar.json';
import en from './en.json';

/** Dotted path of every string, with the arguments it uses. */
function strings(catalogue: object, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(catalogue)) {
    const at = path ? `${path}.${key}` : key;
    if (typeof value === 'string')
      found.set(
        at,
        [...new Set([...value.matchAll(/\{(\w+)(?=[},])/g)].map((match) => match[1]))].sort().join(),
      );
    else for (const [inner, used] of strings(value as object, at)) found.set(inner, used);
  }
  return found;
}

it('says the same things in every language, with the same arguments', () => {
  expect(Object.fromEntries(strings(ar))).toEqual(Object.fromEntries(strings(en)));
});
