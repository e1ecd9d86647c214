import { TAG_BYTES, TAG_STRING } from './record-codec.ts';
import { type Fields, NULL, type Value } from './values.ts';

/** Reads one encoded document; one reader an encoding, never shared. */
class Reader {
  private readonly data: Buffer;
  private at = 0;

  constructor(data: Uint8Array) {
    this.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  }

  private varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.data[this.at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }

  private int64(): number | string {
    const start = this.at;
    const value = this.varint();
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    let exact = 0n;
    for (let i = this.at - 1; i >= start; i--) exact = (exact << 7n) | BigInt((this.data[i] ?? 0) & 0x7f);
    const signed = BigInt.asIntN(64, exact);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : String(signed);
  }

  private double(): number {
    this.at += 8;
    return this.data.readDoubleLE(this.at - 8);
  }

  private text(): string {
    const size = this.varint();
    this.at += size;
    return this.data.toString('utf8', this.at - size, this.at);
  }

  /** The end of the length-delimited message that starts here. */
  private enter(): number {
    const size = this.varint();
    return this.at + size;
  }

  fields(end = this.data.length): Fields {
    const fields: Fields = {};
    while (this.at < end) {
      this.varint();
      this.enter();
      this.varint();
      const key = this.text();
      this.varint();
      fields[key] = this.value(this.enter());
    }
    return fields;
  }

  private value(end: number): Value {
    const tag = this.varint();
    switch (tag) {
      case TAG_STRING:
        return { valueType: 'stringValue', stringValue: this.text() };
      case 0x08:
        return { valueType: 'booleanValue', booleanValue: this.varint() === 1 };
      case 0x10:
        return { valueType: 'integerValue', integerValue: this.int64() };
      case 0x19:
        return { valueType: 'doubleValue', doubleValue: this.double() };
      case 0x2a:
        return { valueType: 'referenceValue', referenceValue: this.text() };
      case 0x32:
        return { valueType: 'mapValue', mapValue: { fields: this.fields(this.enter()) } };
      case 0x42:
        return this.geoPoint();
      case 0x4a:
        return this.array(this.enter());
      case 0x52:
        return this.timestamp();
      case TAG_BYTES: {
        const stop = this.enter();
        const bytesValue = Buffer.from(this.data.subarray(this.at, stop));
        this.at = stop;
        return { valueType: 'bytesValue', bytesValue };
      }
      default:
        this.at = end;
        return NULL;
    }
  }

  private geoPoint(): Value {
    this.enter();
    this.varint();
    const latitude = this.double();
    this.varint();
    return { valueType: 'geoPointValue', geoPointValue: { latitude, longitude: this.double() } };
  }

  private timestamp(): Value {
    this.enter();
    this.varint();
    const seconds = Number(this.int64());
    this.varint();
    return { valueType: 'timestampValue', timestampValue: { seconds, nanos: this.varint() } };
  }

  private array(end: number): Value {
    const values: Value[] = [];
    while (this.at < end) {
      this.varint();
      values.push(this.value(this.enter()));
    }
    return { valueType: 'arrayValue', arrayValue: { values } };
  }
}

/** Decodes the fields of a document. */
export function decodeFields(data: Uint8Array): Fields {
  return new Reader(data).fields();
}
