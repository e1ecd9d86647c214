import { StorageError } from '../errors.ts';
import { DOCUMENT_ID, type FieldPath, type FieldPathParser } from '../values/field-path.ts';

export type IndexScope = 'COLLECTION' | 'COLLECTION_GROUP';

export interface IndexField {
  path: FieldPath;
  kind: 'value' | 'contains' | 'vector';
  descending: boolean;
}

/** One composite index as `firestore.indexes.json` declares it. */
export interface IndexDefinition {
  scope: IndexScope;
  fields: IndexField[];
  /** Direction of the document name that every index ends in, where it is said; else it is that of the last field. */
  nameDescending?: boolean;
}

/** Which automatic indexes one field has. */
export interface FieldIndexing {
  ascending: boolean;
  descending: boolean;
  contains: boolean;
}

/** What is declared for one collection group. `fields` holds overrides by canonical field path. */
export interface GroupConfig {
  definitions: IndexDefinition[];
  fields: Map<string, FieldIndexing>;
}

export const AUTOMATIC: FieldIndexing = { ascending: true, descending: true, contains: true };

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(where: string, problem: string): StorageError {
  return new StorageError(`firestore.indexes.json: ${where} ${problem}.`);
}

function readList(parent: Json, key: string, where: string): Json[] {
  const list = parent[key] ?? [];
  if (!Array.isArray(list) || !list.every(isObject))
    throw refuse(`${where}${key}`, 'must be a list of objects');
  return list;
}

function readText(parent: Json, key: string, where: string): string {
  const text = parent[key];
  if (typeof text !== 'string' || text === '') throw refuse(`${where}.${key}`, 'must be a non-empty string');
  return text;
}

function readScope(entry: Json, where: string): IndexScope {
  const scope = entry.queryScope ?? 'COLLECTION';
  if (scope !== 'COLLECTION' && scope !== 'COLLECTION_GROUP') {
    throw refuse(`${where}.queryScope`, 'must be COLLECTION or COLLECTION_GROUP');
  }
  return scope;
}

function readField(entry: Json, path: FieldPath, where: string): IndexField {
  if (entry.arrayConfig === 'CONTAINS') return { path, kind: 'contains', descending: false };
  if (entry.vectorConfig !== undefined) return { path, kind: 'vector', descending: false };
  if (entry.order !== undefined && entry.order !== 'ASCENDING' && entry.order !== 'DESCENDING') {
    throw refuse(`${where}.order`, 'must be ASCENDING or DESCENDING');
  }
  return { path, kind: 'value', descending: entry.order === 'DESCENDING' };
}

/** Takes an explicit trailing `__name__` off the fields. */
function makeDefinition(scope: IndexScope, fields: IndexField[]): IndexDefinition {
  const last = fields.at(-1);
  if (last?.path.text !== DOCUMENT_ID) return { scope, fields };
  return { scope, fields: fields.slice(0, -1), nameDescending: last.descending };
}

/** Reads the parsed `firestore.indexes.json` into one configuration a collection group. */
export function readIndexConfig(input: unknown, parser: FieldPathParser): Map<string, GroupConfig> {
  const groups = new Map<string, GroupConfig>();
  const group = (name: string): GroupConfig => {
    const known = groups.get(name);
    if (known) return known;
    const created: GroupConfig = { definitions: [], fields: new Map() };
    groups.set(name, created);
    return created;
  };
  if (input === undefined || input === null) return groups;
  if (!isObject(input)) throw refuse('the file', 'must be an object');
  readList(input, 'indexes', '').forEach((entry, i) => {
    const where = `indexes[${i}]`;
    const fields = readList(entry, 'fields', `${where}.`).map((field, j) => {
      const at = `${where}.fields[${j}]`;
      return readField(field, parser.parse(readText(field, 'fieldPath', at)), at);
    });
    if (fields.length === 0) throw refuse(`${where}.fields`, 'must not be empty');
    const definition = makeDefinition(readScope(entry, where), fields);
    group(readText(entry, 'collectionGroup', where)).definitions.push(definition);
  });
  readList(input, 'fieldOverrides', '').forEach((entry, i) => {
    readOverride(entry, `fieldOverrides[${i}]`, parser, group);
  });
  return groups;
}

function readOverride(
  entry: Json,
  where: string,
  parser: FieldPathParser,
  group: (name: string) => GroupConfig,
): void {
  const config = group(readText(entry, 'collectionGroup', where));
  const text = readText(entry, 'fieldPath', where);
  const path = text === '*' ? { segments: ['*'], text: '*' } : parser.parse(text);
  const indexing: FieldIndexing = { ascending: false, descending: false, contains: false };
  readList(entry, 'indexes', `${where}.`).forEach((index, j) => {
    const field = readField(index, path, `${where}.indexes[${j}]`);
    if (readScope(index, where) === 'COLLECTION_GROUP') {
      config.definitions.push({ scope: 'COLLECTION_GROUP', fields: [field] });
    } else if (field.kind === 'contains') indexing.contains = true;
    else if (field.descending) indexing.descending = true;
    else indexing.ascending = true;
  });
  config.fields.set(path.text, indexing);
}
