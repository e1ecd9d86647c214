import type { WireMask, WirePrecondition, WireTransform, WireWrite } from '../door/wire.ts';
import { FirestoreError, invalid } from '../errors.ts';
import { identicalFields } from '../values/compare.ts';
import type { StoredDocument } from '../values/document.ts';
import {
  DOCUMENT_ID,
  type FieldPath,
  type FieldPathParser,
  valueAt,
  withValueAt,
} from '../values/field-path.ts';
import { parseDocumentName } from '../values/names.ts';
import { type Fields, readFields, readTimestamp, toMicros, type Value } from '../values/values.ts';
import { applyTransform, readTransform, type Transform } from './transforms.ts';

/** https://firebase.google.com/docs/firestore/quotas */
const MAX_TRANSFORMS = 500;

export type Precondition = { exists: boolean } | { updateTime: number };

/** One write of a commit, read and validated. */
export interface Write {
  kind: 'update' | 'delete' | 'verify' | 'transform';
  name: string;
  fields: Fields;
  mask: FieldPath[] | undefined;
  transforms: Transform[];
  precondition: Precondition | undefined;
}

function readPrecondition(input: WirePrecondition | null | undefined): Precondition | undefined {
  if (input?.updateTime) {
    if (Number(input.updateTime.nanos ?? 0) % 1000 !== 0) {
      throw invalid('currentDocument.updateTime must be microsecond aligned.');
    }
    return { updateTime: toMicros(readTimestamp(input.updateTime, 'currentDocument.updateTime')) };
  }
  return typeof input?.exists === 'boolean' ? { exists: input.exists } : undefined;
}

/** Checks that a document name is well formed and belongs to the database of the request. */
export function checkName(name: string, database: string): string {
  const parsed = parseDocumentName(name);
  if (parsed.database !== database) {
    throw invalid(`Document "${name}" does not belong to the database of the request, ${database}.`);
  }
  return name;
}

function readMask(input: WireMask | null | undefined, parser: FieldPathParser): FieldPath[] | undefined {
  if (!input) return undefined;
  const paths = (input.fieldPaths ?? []).map((path) => parser.parse(path));
  if (paths.some(({ text }) => text === DOCUMENT_ID))
    throw invalid('updateMask: __name__ cannot be written.');
  return paths;
}

function readTransforms(
  inputs: WireTransform[] | null | undefined,
  parser: FieldPathParser,
  field: string,
): Transform[] {
  if ((inputs?.length ?? 0) > MAX_TRANSFORMS)
    throw invalid(`${field}: at most ${MAX_TRANSFORMS} a document.`);
  return (inputs ?? []).map((transform) => readTransform(transform, parser));
}

/** Reads one write; throws INVALID_ARGUMENT naming the field that is wrong. */
export function readWrite(input: WireWrite, database: string, parser: FieldPathParser): Write {
  const precondition = readPrecondition(input.currentDocument);
  const transforms = readTransforms(input.updateTransforms, parser, 'updateTransforms');
  const base = { fields: {}, mask: undefined, transforms, precondition };
  if (input.update) {
    const name = checkName(input.update.name ?? '', database);
    const fields = readFields(input.update.fields ?? {}, 'update.fields');
    // An absent mask replaces the document, an empty one touches nothing but creates it.
    return { ...base, kind: 'update', name, fields, mask: readMask(input.updateMask, parser) };
  }
  if (typeof input.delete === 'string') {
    return { ...base, kind: 'delete', name: checkName(input.delete, database) };
  }
  if (typeof input.verify === 'string') {
    return { ...base, kind: 'verify', name: checkName(input.verify, database) };
  }
  if (input.transform) {
    const list = readTransforms(input.transform.fieldTransforms, parser, 'transform.fieldTransforms');
    if (list.length === 0) throw invalid('transform.fieldTransforms must not be empty.');
    const name = checkName(input.transform.document ?? '', database);
    return { ...base, kind: 'transform', name, transforms: list };
  }
  throw invalid('A write must update, delete, verify or transform a document.');
}

function checkPrecondition(write: Write, before: StoredDocument | undefined): void {
  const { precondition, name } = write;
  if (!precondition) return;
  if ('exists' in precondition) {
    if (precondition.exists && !before)
      throw new FirestoreError('NOT_FOUND', `No document to update: ${name}`);
    if (!precondition.exists && before) {
      throw new FirestoreError('ALREADY_EXISTS', `Document already exists: ${name}`);
    }
    return;
  }
  if (!before) throw new FirestoreError('FAILED_PRECONDITION', `No document to update: ${name}`);
  if (before.updated !== precondition.updateTime) {
    throw new FirestoreError(
      'FAILED_PRECONDITION',
      `The stored version (${before.updated}) does not match the required base version (${precondition.updateTime}): ${name}`,
    );
  }
}

function updatedFields(write: Write, current: Fields): Fields {
  if (!write.mask) return write.kind === 'update' ? write.fields : current;
  let fields = current;
  for (const { segments } of write.mask) {
    fields = withValueAt(fields, segments, valueAt(write.fields, segments));
  }
  return fields;
}

/** The fields a write leaves, undefined when it deletes; `fields === before.fields` when nothing changed. */
export interface Outcome {
  fields: Fields | undefined;
  transformResults: Value[];
}

/** Applies a write to the document as it is; throws when the precondition fails. */
export function applyWrite(write: Write, before: StoredDocument | undefined, commitTime: number): Outcome {
  checkPrecondition(write, before);
  if (write.kind === 'delete') return { fields: undefined, transformResults: [] };
  if (write.kind === 'verify') return { fields: before?.fields, transformResults: [] };
  let fields = updatedFields(write, before?.fields ?? {});
  const transformResults: Value[] = [];
  for (const transform of write.transforms) {
    const { value, result } = applyTransform(transform, valueAt(fields, transform.path.segments), commitTime);
    fields = withValueAt(fields, transform.path.segments, value);
    transformResults.push(result);
  }
  const unchanged = before !== undefined && identicalFields(before.fields, fields);
  return { fields: unchanged ? before.fields : fields, transformResults };
}
