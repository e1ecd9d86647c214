import type { ByteWriter } from '../values/byte-writer.ts';
import { identical } from '../values/compare.ts';
import { type FieldPath, quoteSegment, valueAt } from '../values/field-path.ts';
import { writeIndexed, writeString } from '../values/key-codec.ts';
import { type Fields, type Value, vectorOf } from '../values/values.ts';
import {
  AUTOMATIC,
  type FieldIndexing,
  type GroupConfig,
  type IndexField,
  type IndexScope,
} from './index-config.ts';

/** What an index key begins with. */
export const KeyKind = { VALUE: 1, CONTAINS: 2, COMPOSITE: 3 } as const;

/**
 * A materialised composite index. Every field is stored ascending: scanning backwards, or group by group, serves
 * the other directions, so all declared indexes on the same fields share one set of entries.
 */
export interface Composite {
  id: number;
  scope: IndexScope;
  fields: IndexField[];
}

/** Where a document lives, as index keys name it. */
export interface KeyTarget {
  collectionId: number;
  databaseId: number;
  /** The key of the document's id: it ends the keys of collection-scoped entries. */
  segment: Buffer;
  /** The key of the whole path: it ends the keys of group-scoped entries. */
  path: Buffer;
}

/** How an index is stored: ascending, whatever directions it declares. */
export function storedFields(fields: readonly IndexField[]): IndexField[] {
  return fields.map((field) => ({ ...field, descending: false }));
}

export function describeFields(fields: readonly IndexField[]): string {
  return fields.map(({ path, kind }) => `${path.text}:${kind}`).join(',');
}

/** Writes the beginning of the keys of an automatic index on one field. */
export function writeFieldPrefix(
  writer: ByteWriter,
  kind: typeof KeyKind.VALUE | typeof KeyKind.CONTAINS,
  collectionId: number,
  pathText: string,
): void {
  writer.byte(kind);
  writer.uint32(collectionId);
  writeString(writer, pathText);
}

/** Writes the beginning of the keys of a composite index within its scope. */
export function writeCompositePrefix(
  writer: ByteWriter,
  composite: Composite,
  collectionId: number,
  databaseId: number,
): void {
  writer.byte(KeyKind.COMPOSITE);
  writer.uint32(composite.id);
  writer.uint32(composite.scope === 'COLLECTION' ? collectionId : databaseId);
}

/** Computes the index entries of the documents of one collection group. */
export class Indexer {
  readonly composites: readonly Composite[];
  private readonly overrides: ReadonlyMap<string, FieldIndexing>;
  private readonly writer: ByteWriter;

  constructor(config: GroupConfig | undefined, composites: readonly Composite[], writer: ByteWriter) {
    this.overrides = config?.fields ?? new Map();
    this.composites = composites;
    this.writer = writer;
  }

  /** Which automatic indexes the field has: its own override, its parents', the collection's, else all. */
  indexingOf(path: FieldPath): FieldIndexing {
    if (this.overrides.size === 0) return AUTOMATIC;
    for (let length = path.segments.length; length > 0; length--) {
      const text = path.segments.slice(0, length).map(quoteSegment).join('.');
      const override = this.overrides.get(text);
      if (override) return override;
    }
    return this.overrides.get('*') ?? AUTOMATIC;
  }

  /** The entries to remove and to add when a document changes. Views into the shared writer: use before its reset. */
  diff(
    target: KeyTarget,
    before: Fields | undefined,
    after: Fields | undefined,
    removed: Buffer[],
    added: Buffer[],
  ): void {
    const inherited = this.overrides.get('*') ?? AUTOMATIC;
    this.diffFields(target, '', before, after, inherited, removed, added);
    for (const composite of this.composites) {
      if (before && after && !this.touches(composite, before, after)) continue;
      if (before) this.compositeEntries(composite, target, before, removed);
      if (after) this.compositeEntries(composite, target, after, added);
    }
  }

  private touches(composite: Composite, before: Fields, after: Fields): boolean {
    return composite.fields.some(({ path }) => {
      const a = valueAt(before, path.segments);
      const b = valueAt(after, path.segments);
      return a === undefined || b === undefined ? a !== b : !identical(a, b);
    });
  }

  private diffFields(
    target: KeyTarget,
    parent: string,
    before: Fields | undefined,
    after: Fields | undefined,
    inherited: FieldIndexing,
    removed: Buffer[],
    added: Buffer[],
  ): void {
    if (before) {
      for (const key in before) {
        const value = before[key];
        const next = after && Object.hasOwn(after, key) ? after[key] : undefined;
        if (!value || (next && (next === value || identical(value, next)))) continue;
        this.diffField(target, parent + quoteSegment(key), value, next, inherited, removed, added);
      }
    }
    if (after) {
      for (const key in after) {
        if (before && Object.hasOwn(before, key)) continue;
        this.diffField(target, parent + quoteSegment(key), undefined, after[key], inherited, removed, added);
      }
    }
  }

  private diffField(
    target: KeyTarget,
    path: string,
    before: Value | undefined,
    after: Value | undefined,
    inherited: FieldIndexing,
    removed: Buffer[],
    added: Buffer[],
  ): void {
    const indexing = this.overrides.get(path) ?? inherited;
    if (before) this.fieldEntries(target, path, before, indexing, removed);
    if (after) this.fieldEntries(target, path, after, indexing, added);
    const mapBefore = mapOf(before);
    const mapAfter = mapOf(after);
    if (mapBefore || mapAfter) {
      this.diffFields(target, `${path}.`, mapBefore, mapAfter, indexing, removed, added);
    }
  }

  private fieldEntries(
    target: KeyTarget,
    path: string,
    value: Value,
    indexing: FieldIndexing,
    sink: Buffer[],
  ): void {
    const { writer } = this;
    if (indexing.ascending || indexing.descending) {
      const start = writer.length;
      writeFieldPrefix(writer, KeyKind.VALUE, target.collectionId, path);
      writeIndexed(writer, value);
      writer.bytes(target.segment);
      sink.push(writer.take(start));
    }
    if (indexing.contains && value.valueType === 'arrayValue') {
      for (const element of value.arrayValue.values) {
        const start = writer.length;
        writeFieldPrefix(writer, KeyKind.CONTAINS, target.collectionId, path);
        writeIndexed(writer, element);
        writer.bytes(target.segment);
        sink.push(writer.take(start));
      }
    }
  }

  private compositeEntries(composite: Composite, target: KeyTarget, fields: Fields, sink: Buffer[]): void {
    const values: Value[] = [];
    let elements: Value[] = [];
    for (const { path, kind } of composite.fields) {
      const value = valueAt(fields, path.segments);
      if (!value) return;
      if (kind === 'contains') {
        if (value.valueType !== 'arrayValue') return;
        elements = value.arrayValue.values;
      }
      values.push(value);
    }
    const contains = composite.fields.findIndex(({ kind }) => kind === 'contains');
    if (contains === -1) {
      this.compositeEntry(composite, target, values, sink);
      return;
    }
    for (const element of elements) {
      values[contains] = element;
      this.compositeEntry(composite, target, values, sink);
    }
  }

  private compositeEntry(composite: Composite, target: KeyTarget, values: Value[], sink: Buffer[]): void {
    const { writer } = this;
    const start = writer.length;
    writeCompositePrefix(writer, composite, target.collectionId, target.databaseId);
    for (const value of values) writeIndexed(writer, value);
    writer.bytes(composite.scope === 'COLLECTION' ? target.segment : target.path);
    sink.push(writer.take(start));
  }
}

function mapOf(value: Value | undefined): Fields | undefined {
  return value?.valueType === 'mapValue' && !vectorOf(value) ? value.mapValue.fields : undefined;
}
