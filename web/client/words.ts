import type { CollectionInfo } from './collections';

export interface Labels {
  readonly one: (collection: CollectionInfo) => string;
  readonly many: (collection: CollectionInfo) => string;
  /** A field by its dotted path. */
  readonly field: (path: string) => string;
  /** What helps to fill a field in, where there is something to say. */
  readonly hint: (collection: CollectionInfo, field: string) => string | undefined;
  /** A value of an enum. */
  readonly value: (value: string) => string;
}

/** `unitPrice` is "Unit price", `partially_paid` "Partially paid". */
export function humanize(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_\-.]+/g, ' ')
    .toLowerCase()
    .replace(/\bid\b/g, 'ID');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * Words for what the backend declares. The catalogue has those of the collections shipped with the portal;
 * a collection it does not know is called what its declaration says.
 */
export function makeLabels(messages: object): Labels {
  const find = (...path: string[]): string | undefined => {
    const found = path.reduce<unknown>(
      (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
      messages,
    );
    return typeof found === 'string' ? found : undefined;
  };
  const last = (path: string): string => path.split('.').at(-1) ?? path;
  return {
    one: ({ name, labels }) => find('collections', ...name.split('.'), 'one') ?? capital(labels.one),
    many: ({ name, labels }) => find('collections', ...name.split('.'), 'many') ?? capital(labels.many),
    field: (path) => find('fields', last(path)) ?? humanize(last(path)),
    hint: ({ name }, field) => find('hints', ...name.split('.'), field),
    value: (value) => find('values', value) ?? humanize(value),
  };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
