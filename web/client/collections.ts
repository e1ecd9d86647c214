import generated from '../generated/collections.json';
import type { Role } from './types';

/** What a field holds; the same words as the kernel's `FieldType`. */
export interface FieldType {
  readonly kind:
    | 'string'
    | 'number'
    | 'integer'
    | 'boolean'
    | 'instant'
    | 'date'
    | 'enum'
    | 'array'
    | 'object'
    | 'json';
  readonly optional?: boolean;
  readonly format?: string;
  readonly maxLength?: number;
  readonly values?: readonly string[];
  readonly element?: FieldType;
  readonly fields?: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Set by the platform; shown, never sent. */
  readonly computed?: boolean;
}

/** A collection as the backend declares it; screens are made from this. */
export interface CollectionInfo {
  /** `crm.contacts` */
  readonly name: string;
  /** `/api/crm/contacts` */
  readonly path: string;
  readonly labels: { readonly one: string; readonly many: string };
  /** `con`; ids look like `con_01J…`. */
  readonly idPrefix?: string;
  readonly fields: readonly Field[];
  readonly filters: readonly string[];
  readonly sorts: readonly string[];
  readonly search?: boolean;
  readonly importable?: boolean;
  /** Written only by its module's own endpoints. */
  readonly readOnly?: boolean;
  /** The weakest role for each action; null where it depends on the record. */
  readonly roles?: Readonly<Record<string, Role | null>>;
  readonly example?: Readonly<Record<string, unknown>>;
}

const catalogue = generated as unknown as {
  readonly collections: readonly CollectionInfo[];
};

export const COLLECTIONS = catalogue.collections;

const byName = new Map(COLLECTIONS.map((collection) => [collection.name, collection]));

export const collectionNamed = (name: string): CollectionInfo | undefined => byName.get(name);

export const fieldNamed = (collection: CollectionInfo, name: string): Field | undefined =>
  collection.fields.find((field) => field.name === name);

const META: readonly Field[] = [
  { name: 'createdAt', type: { kind: 'instant' }, computed: true },
  { name: 'updatedAt', type: { kind: 'instant' }, computed: true },
];

/** The field at a dotted path, looking through arrays and into what every record has. */
export function fieldAt(collection: CollectionInfo, path: string): Field | undefined {
  const [head = '', ...rest] = path.split('.');
  let field = fieldNamed(collection, head) ?? META.find(({ name }) => name === head);
  for (const name of rest) {
    const type = field?.type.kind === 'array' ? field.type.element : field?.type;
    field = type?.fields?.find((inner) => inner.name === name);
  }
  return field;
}

/** Fields a person may fill in. */
export const writableFields = (collection: CollectionInfo): readonly Field[] =>
  collection.fields.filter(({ computed }) => !computed);

/** The value at a dotted path of a record. */
export const valueAt = (record: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
      record,
    );

/** Whether a value can be the id of a record of this collection; imported data may name its customers otherwise. */
export const isIdOf = (collection: CollectionInfo | undefined, value: unknown): boolean =>
  collection !== undefined &&
  typeof value === 'string' &&
  (!collection.idPrefix || value.startsWith(`${collection.idPrefix}_`));
