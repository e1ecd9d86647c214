import { ByteWriter } from '../values/byte-writer.ts';
import type { StoredDocument } from '../values/document.ts';
import { encodeFields } from '../values/record-codec.ts';
import { decodeFields } from '../values/record-reader.ts';
import { type Fields, fromMicros, type Timestamp, toMicros, type Value, vectorOf } from '../values/values.ts';
import { pathOf } from './feed-patterns.ts';

/** A document as plain data: integers beyond 2^53 as bigint, timestamps as Date, references as paths. */
export type JsonData = { [field: string]: JsonValue };
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Buffer
  | JsonValue[]
  | { [field: string]: JsonValue };

/** A document in the shape of `google.firestore.v1.Document`. */
export interface DocumentImage {
  name: string;
  fields: Fields;
  createTime: Timestamp;
  updateTime: Timestamp;
}

/** Field numbers of `google.firestore.v1.Document`, as tags of length-delimited fields. */
const NAME = 0x0a;
const FIELDS = 0x12;
const CREATE_TIME = 0x1a;
const UPDATE_TIME = 0x22;

const writer = new ByteWriter();

function writeTime(tag: number, micros: number): void {
  const { seconds, nanos } = fromMicros(micros);
  writer.byte(tag);
  const length = writer.length;
  writer.byte(0);
  writer.byte(0x08);
  writer.varint(seconds);
  writer.byte(0x10);
  writer.varint(nanos);
  writer.buffer[length] = writer.length - length - 1;
}

/** Encodes a document as a `Document` message: its fields, then what names it. */
export function encodeImage({ name, fields, created, updated }: StoredDocument): Buffer {
  writer.reset();
  writer.bytes(encodeFields(fields));
  writer.byte(NAME);
  writer.varint(Buffer.byteLength(name));
  writer.utf8(name);
  writeTime(CREATE_TIME, created);
  writeTime(UPDATE_TIME, updated);
  return writer.copy(0);
}

/** Walks through the fields of a message. */
class Walk {
  at = 0;
  private readonly message: Buffer;

  constructor(message: Buffer) {
    this.message = message;
  }

  get more(): boolean {
    return this.at < this.message.length;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.message[this.at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  /** The length-delimited value that starts here. */
  part(): Buffer {
    const size = this.varint();
    this.at += size;
    return this.message.subarray(this.at - size, this.at);
  }
}

function readTime(message: Buffer): Timestamp {
  const walk = new Walk(message);
  walk.varint();
  const seconds = walk.varint();
  walk.varint();
  return { seconds, nanos: walk.varint() };
}

/** The inverse of `encodeImage`. */
export function decodeImage(data: Uint8Array): DocumentImage {
  const message = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const image = { name: '', createTime: fromMicros(0), updateTime: fromMicros(0) };
  let fieldsEnd = 0;
  for (const walk = new Walk(message); walk.more; ) {
    const tag = walk.varint();
    const part = walk.part();
    if (tag === FIELDS) fieldsEnd = walk.at;
    else if (tag === NAME) image.name = part.toString();
    else if (tag === CREATE_TIME) image.createTime = readTime(part);
    else if (tag === UPDATE_TIME) image.updateTime = readTime(part);
  }
  return { ...image, fields: decodeFields(message.subarray(0, fieldsEnd)) };
}

function plainValue(value: Value): JsonValue {
  switch (value.valueType) {
    case 'nullValue':
      return null;
    case 'booleanValue':
      return value.booleanValue;
    case 'integerValue':
      return typeof value.integerValue === 'number' ? value.integerValue : BigInt(value.integerValue);
    case 'doubleValue':
      return value.doubleValue;
    case 'timestampValue':
      return new Date(Math.floor(toMicros(value.timestampValue) / 1000));
    case 'stringValue':
      return value.stringValue;
    case 'bytesValue':
      return value.bytesValue;
    case 'referenceValue':
      return pathOf(value.referenceValue);
    case 'geoPointValue':
      return { ...value.geoPointValue };
    case 'arrayValue':
      return value.arrayValue.values.map(plainValue);
    case 'mapValue':
      return vectorOf(value)?.map(plainValue) ?? plainData(value.mapValue.fields);
  }
}

export function plainData(fields: Fields): JsonData {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, plainValue(value)]));
}
