import { ByteWriter } from './byte-writer.ts';
import type { Fields, Value } from './values.ts';

/**
 * Documents on disk are the `fields` of a `google.firestore.v1.Document` message (field number 2), so that any
 * protobuf tool can read them. Written by hand, because it is the hottest code of the engine.
 * Field numbers: build/protos/google/firestore/v1/document.proto of @google-cloud/firestore.
 */
export const TAG_STRING = (17 << 3) | 2;
export const TAG_BYTES = (18 << 3) | 2;

const writer = new ByteWriter(64 * 1024);

/** Moves what was written since `start` up, to put its length before it. */
function closeMessage(start: number): void {
  const size = writer.length - start;
  let width = 1;
  for (let rest = size; rest > 0x7f; rest = Math.floor(rest / 128)) width++;
  writer.ensure(width - 1);
  if (width > 1) writer.buffer.copyWithin(start + width - 1, start, writer.length);
  writer.length = start - 1;
  writer.varint(size);
  writer.length = start + width - 1 + size;
}

function openMessage(tag: number): number {
  if (tag > 0x7f) writer.varint(tag);
  else writer.byte(tag);
  writer.byte(0);
  return writer.length;
}

function writeText(tag: number, text: string): void {
  const start = openMessage(tag);
  writer.utf8(text);
  closeMessage(start);
}

function writeInt64(value: number | string): void {
  if (typeof value === 'number' && value >= 0) {
    writer.varint(value);
    return;
  }
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    writer.byte(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  writer.byte(Number(rest));
}

function writeFixed64(tag: number, value: number): void {
  writer.byte(tag);
  writer.ensure(8);
  writer.buffer.writeDoubleLE(value, writer.length);
  writer.length += 8;
}

function writeValue(value: Value): void {
  switch (value.valueType) {
    case 'booleanValue':
      writer.byte(0x08);
      writer.byte(value.booleanValue ? 1 : 0);
      return;
    case 'integerValue':
      writer.byte(0x10);
      writeInt64(value.integerValue);
      return;
    case 'doubleValue':
      writeFixed64(0x19, value.doubleValue);
      return;
    case 'referenceValue':
      writeText(0x2a, value.referenceValue);
      return;
    case 'mapValue': {
      const start = openMessage(0x32);
      writeFields(0x0a, value.mapValue.fields);
      closeMessage(start);
      return;
    }
    case 'geoPointValue': {
      const start = openMessage(0x42);
      writeFixed64(0x09, value.geoPointValue.latitude);
      writeFixed64(0x11, value.geoPointValue.longitude);
      closeMessage(start);
      return;
    }
    case 'arrayValue': {
      const start = openMessage(0x4a);
      for (const element of value.arrayValue.values) {
        const inner = openMessage(0x0a);
        writeValue(element);
        closeMessage(inner);
      }
      closeMessage(start);
      return;
    }
    case 'timestampValue': {
      const start = openMessage(0x52);
      writer.byte(0x08);
      writeInt64(value.timestampValue.seconds);
      writer.byte(0x10);
      writer.varint(value.timestampValue.nanos);
      closeMessage(start);
      return;
    }
    case 'nullValue':
      writer.byte(0x58);
      writer.byte(0);
      return;
    case 'stringValue':
      writeText(TAG_STRING, value.stringValue);
      return;
    case 'bytesValue': {
      const start = openMessage(TAG_BYTES);
      writer.bytes(value.bytesValue);
      closeMessage(start);
    }
  }
}

function writeFields(tag: number, fields: Fields): void {
  for (const key in fields) {
    const value = fields[key];
    if (!value) continue;
    const entry = openMessage(tag);
    writeText(0x0a, key);
    const inner = openMessage(0x12);
    writeValue(value);
    closeMessage(inner);
    closeMessage(entry);
  }
}

/** Encodes the fields of a document. The view is valid until the next call. */
export function encodeFields(fields: Fields): Buffer {
  writer.reset();
  writeFields(0x12, fields);
  return writer.take(0);
}

/** Whether any value holds bytes, which are mutable and so must not be shared by a cache. */
export function holdsBytes(fields: Fields): boolean {
  for (const key in fields) {
    const value = fields[key];
    if (value && valueHoldsBytes(value)) return true;
  }
  return false;
}

function valueHoldsBytes(value: Value): boolean {
  if (value.valueType === 'bytesValue') return true;
  if (value.valueType === 'arrayValue') return value.arrayValue.values.some(valueHoldsBytes);
  return value.valueType === 'mapValue' && holdsBytes(value.mapValue.fields);
}
