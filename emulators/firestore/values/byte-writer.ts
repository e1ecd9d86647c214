/**
 * A growing buffer that documents and index keys are written into. `take` hands out views, which stay
 * valid until `reset`; a buffer that is outgrown stays alive for as long as views of it do.
 */
export class ByteWriter {
  buffer: Buffer;
  length = 0;

  constructor(capacity = 4096) {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
  }

  reset(): void {
    this.length = 0;
  }

  ensure(extra: number): void {
    if (this.length + extra <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.length + extra));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }

  byte(value: number): void {
    if (this.length === this.buffer.length) this.ensure(1);
    this.buffer[this.length++] = value;
  }

  bytes(value: Uint8Array): void {
    this.ensure(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  uint32(value: number): void {
    this.ensure(4);
    const { buffer, length } = this;
    buffer[length] = value >>> 24;
    buffer[length + 1] = (value >>> 16) & 0xff;
    buffer[length + 2] = (value >>> 8) & 0xff;
    buffer[length + 3] = value & 0xff;
    this.length += 4;
  }

  varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.byte((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** Writes a string as UTF-8. Short ASCII, which most keys are, is faster byte by byte than through a native call. */
  utf8(value: string): void {
    const { length } = value;
    this.ensure(length * 3);
    const { buffer } = this;
    let at = this.length;
    if (length <= 48) {
      let i = 0;
      for (; i < length; i++) {
        const code = value.charCodeAt(i);
        if (code > 0x7f) break;
        buffer[at++] = code;
      }
      if (i === length) {
        this.length = at;
        return;
      }
    }
    this.length += buffer.write(value, this.length, 'utf8');
  }

  /** Removes what lies beyond `length`. */
  truncate(length: number): void {
    if (this.length > length) this.length = length;
  }

  /** A view of what was written since `start`. */
  take(start: number): Buffer {
    return this.buffer.subarray(start, this.length);
  }

  /** A copy of what was written since `start`, which outlives `reset`. */
  copy(start: number): Buffer {
    return Buffer.from(this.buffer.subarray(start, this.length));
  }
}
