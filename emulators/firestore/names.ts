import { invalid } from './errors.ts';
import { isReserved } from './values.ts';

const DATABASE = /^projects\/[^/]+\/databases\/[^/]+$/;
const NUMERIC_ID = /^__id-?\d+__$/;
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

function checkSegment(segment: string, name: string): void {
  if (segment === '') throw invalid(`Invalid resource name "${name}": a segment is empty.`);
  if (segment === '.' || segment === '..')
    throw invalid(`Invalid resource name "${name}": a segment is "${segment}".`);
  if (segment.length > 375 && Buffer.byteLength(segment) > 1500) {
    throw invalid(`Invalid resource name "${name.slice(0, 80)}…": a segment is longer than 1,500 bytes.`);
  }
  if (isReserved(segment) && !NUMERIC_ID.test(segment)) {
    throw invalid(`Resource id "${segment}" is invalid because it is reserved.`);
  }
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
