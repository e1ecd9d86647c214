import { crc32, deflateRawSync } from 'node:zlib';

/** A file to be packed; what is said of it may be untrue. */
export interface Packed {
  readonly name: string;
  readonly content: Buffer | string;
  readonly method?: 0 | 8 | 99;
  readonly encrypted?: boolean;
  /** States sizes and place as ZIP64 does, whatever they are. */
  readonly wide?: boolean;
  /** What the archive says its size is. */
  readonly stated?: number;
  /** Shares the bytes of the file before it. */
  readonly overlaps?: boolean;
}

/** A ZIP archive for tests, honest or not (APPNOTE.TXT 4.3). */
export function pack(files: readonly Packed[], { wide = false } = {}): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let [at, last] = [0, 0];
  for (const file of files) {
    const content = Buffer.from(file.content);
    const data = (file.method ?? 8) === 8 ? deflateRawSync(content) : content;
    const name = Buffer.from(file.name);
    if (!file.overlaps) last = at;
    directory.push(central(file, name, { data, size: content.length, crc: crc32(content), offset: last }));
    if (file.overlaps) continue;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    bodies.push(local, name, data);
    at += 30 + name.length + data.length;
  }
  const listed = Buffer.concat(directory);
  return Buffer.concat([
    ...bodies,
    listed,
    ending({ start: at, length: listed.length, files: files.length }, wide),
  ]);
}

function central(
  { method = 8, encrypted = false, wide = false, stated }: Packed,
  name: Buffer,
  { data, size, crc, offset }: { data: Buffer; size: number; crc: number; offset: number },
): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(encrypted ? 1 : 0, 8);
  header.writeUInt16LE(method, 10);
  header.writeUInt32LE(crc, 16);
  const values = [stated ?? size, data.length, offset];
  const extra = Buffer.alloc(wide ? 28 : 0);
  for (const [index, place] of [24, 20, 42].entries()) {
    header.writeUInt32LE(wide ? 0xffffffff : (values[index] ?? 0), place);
    if (wide) extra.writeBigUInt64LE(BigInt(values[index] ?? 0), 4 + index * 8);
  }
  if (wide) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
  }
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  return Buffer.concat([header, name, extra]);
}

function ending(
  { start, length, files }: { start: number; length: number; files: number },
  wide: boolean,
): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(wide ? 0xffff : files, 10);
  end.writeUInt32LE(wide ? 0xffffffff : length, 12);
  end.writeUInt32LE(wide ? 0xffffffff : start, 16);
  if (!wide) return end;
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(length), 40);
  record.writeBigUInt64LE(BigInt(start), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(start + length), 8);
  return Buffer.concat([record, locator, end]);
}
