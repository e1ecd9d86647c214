import { invalid } from '../errors.ts';
import { keyTarget } from '../storage/store.ts';
import type { Write } from '../transactions/writes.ts';
import type { StoredDocument } from './document.ts';
import type { Fields, Value } from './values.ts';

/** https://firebase.google.com/docs/firestore/quotas */
const MAX_DOCUMENT = 1_048_576;
const MAX_REQUEST = 10_485_760;
const MAX_ENTRIES = 40_000;

/** UTF-8 length without encoding, for the ASCII that most text is. */
function textSize(text: string): number {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text) + 1;
  }
  return text.length + 1;
}

/** The size of a path: its segments, and 16 bytes. */
function nameSize(name: string): number {
  const at = name.indexOf('/documents/');
  return textSize(name) - 1 - (at === -1 ? 0 : at + '/documents/'.length) + 16;
}

function valueSize(value: Value): number {
  switch (value.valueType) {
    case 'nullValue':
    case 'booleanValue':
      return 1;
    case 'integerValue':
    case 'doubleValue':
    case 'timestampValue':
      return 8;
    case 'geoPointValue':
      return 16;
    case 'stringValue':
      return textSize(value.stringValue);
    case 'bytesValue':
      return value.bytesValue.length;
    case 'referenceValue':
      return nameSize(value.referenceValue);
    case 'arrayValue': {
      let size = 0;
      for (const element of value.arrayValue.values) size += valueSize(element);
      return size;
    }
    case 'mapValue':
      return fieldsSize(value.mapValue.fields);
  }
}

/** https://firebase.google.com/docs/firestore/storage-size */
function fieldsSize(fields: Fields): number {
  let size = 0;
  for (const key in fields) {
    const value = fields[key];
    if (value) size += textSize(key) + valueSize(value);
  }
  return size;
}

/** Refuses a document that is larger, or has more index entries, than Firestore stores. */
export function checkDocument(document: StoredDocument): void {
  const size = fieldsSize(document.fields) + nameSize(document.name) + 32;
  if (size > MAX_DOCUMENT) {
    throw invalid(
      `Document '${document.name}' cannot be written because its size (${size.toLocaleString('en')} bytes) ` +
        `exceeds the maximum allowed size of ${MAX_DOCUMENT.toLocaleString('en')} bytes.`,
    );
  }
  // Every entry takes at least a byte of the document.
  if (size < MAX_ENTRIES) return;
  const entries: Buffer[] = [];
  document.collection.indexer.diff(keyTarget(document), undefined, document.fields, [], entries);
  if (entries.length > MAX_ENTRIES) {
    throw invalid(
      `Document "${document.name}" has too many index entries: at most ${MAX_ENTRIES} are allowed.`,
    );
  }
}

/** Refuses writes of more than 10 MiB in one request. */
export function checkRequest(writes: readonly Write[]): void {
  let size = 0;
  for (const { fields, transforms } of writes) {
    size += fieldsSize(fields);
    for (const transform of transforms) {
      if ('elements' in transform) for (const element of transform.elements) size += valueSize(element);
    }
  }
  if (size > MAX_REQUEST) throw invalid(`Request payload size exceeds the limit: ${MAX_REQUEST} bytes.`);
}
