import { invalid } from '../errors.ts';

const DATABASE = /^projects\/[^/]+\/databases\/[^/]+$/;
const NUMERIC_ID = /^__id(-?\d+)__$/;
const MAX_SEGMENT_BYTES = 1500;
const MAX_NAME_BYTES = 6144;
/** Collections and documents in turn, a hundred of each. */
const MAX_SEGMENTS = 200;
const DOCUMENTS = '/documents';

/** A resource name taken apart: `projects/p/databases/d` and the segments below `documents`. */
export interface ResourceName {
  database: string;
  segments: string[];
}

export function checkDatabase(name: string | null | undefined): string {
  if (!name || !DATABASE.test(name)) {
    throw invalid(`Invalid database name "${name ?? ''}": expected projects/{project}/databases/{database}.`);
  }
  return name;
}

/** An id of the form `__id7__` whose number fits 64 bits; all other ids of the form `__x__` are reserved. */
function isNumericId(segment: string): boolean {
  const digits = NUMERIC_ID.exec(segment)?.[1];
  return digits !== undefined && digits.length <= 20 && BigInt.asIntN(64, BigInt(digits)) === BigInt(digits);
}

/** Names of the form `__x__` belong to Firestore. */
export function isReserved(name: string): boolean {
  return name.length >= 4 && name.startsWith('__') && name.endsWith('__');
}

function checkSegment(segment: string, name: string): void {
  if (segment === '') throw invalid(`Invalid resource name "${name}": a segment is empty.`);
  if (!segment.isWellFormed()) throw invalid(`Invalid resource name "${name}": not valid Unicode.`);
  if (segment === '.' || segment === '..')
    throw invalid(`Invalid resource name "${name}": a segment is "${segment}".`);
  if (segment.length > MAX_SEGMENT_BYTES / 4 && Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) {
    throw invalid(`Invalid resource name "${name.slice(0, 80)}…": a segment is longer than 1,500 bytes.`);
  }
  if (isReserved(segment) && !isNumericId(segment)) {
    throw invalid(`Resource id "${segment}" is invalid because it is reserved.`);
  }
}

/** Checks one segment that names a collection. */
export function checkCollectionId(id: string): void {
  if (id === '') throw invalid('collectionId must not be empty.');
  checkSegment(id, id);
  if (id.includes('/')) throw invalid(`collectionId "${id}" must not contain "/".`);
}

/** Parses `projects/p/databases/d/documents[/…]`; throws INVALID_ARGUMENT naming what is wrong. */
export function parseName(name: string): ResourceName {
  const at = name.indexOf(DOCUMENTS);
  const database = checkDatabase(at === -1 ? name : name.slice(0, at));
  const rest = name.slice(at + DOCUMENTS.length);
  if (at === -1 || (rest !== '' && !rest.startsWith('/'))) {
    throw invalid(`Invalid resource name "${name}": expected …/documents/….`);
  }
  const segments = rest === '' ? [] : rest.slice(1).split('/');
  for (const segment of segments) checkSegment(segment, name);
  if (segments.length > MAX_SEGMENTS) {
    throw invalid(`Invalid resource name "${name.slice(0, 80)}…": more than ${MAX_SEGMENTS} segments.`);
  }
  if (name.length > MAX_NAME_BYTES / 4 && Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw invalid(`Invalid resource name "${name.slice(0, 80)}…": longer than ${MAX_NAME_BYTES} bytes.`);
  }
  return { database, segments };
}

/** Parses the name of a document; a collection or a database root is refused. */
export function parseDocumentName(name: string | null | undefined): ResourceName {
  const parsed = parseName(name ?? '');
  if (parsed.segments.length === 0 || parsed.segments.length % 2 !== 0) {
    throw invalid(`Document name "${name ?? ''}" lacks "/" at an even number of segments.`);
  }
  return parsed;
}

/** Parses the parent of a collection: the database root or a document. */
export function parseParent(name: string | null | undefined): ResourceName {
  const parsed = parseName(name ?? '');
  if (parsed.segments.length % 2 !== 0)
    throw invalid(`Parent "${name ?? ''}" is a collection, not a document.`);
  return parsed;
}
