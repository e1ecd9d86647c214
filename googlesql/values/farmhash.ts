/** FarmHash's Fingerprint64 (https://github.com/google/farmhash), of which FARM_FINGERPRINT is the signed value. */

const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;
const MASK = 0xffff_ffff_ffff_ffffn;

const u64 = (value: bigint): bigint => value & MASK;
const rotate = (value: bigint, by: bigint): bigint => u64((value >> by) | (value << (64n - by)));
const mix = (value: bigint): bigint => value ^ (value >> 47n);

export function farmFingerprint(bytes: Uint8Array): bigint {
  return BigInt.asIntN(64, hash(bytes));
}

function hash(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length <= 16) return hash16(bytes, view);
  if (bytes.length <= 32) return hash32(view);
  return bytes.length <= 64 ? hash64(view) : hashLong(view);
}

const read64 = (view: DataView, at: number): bigint => view.getBigUint64(at, true);
const read32 = (view: DataView, at: number): bigint => BigInt(view.getUint32(at, true));

function combine(u: bigint, v: bigint, multiplier: bigint): bigint {
  const a = mix(u64((u ^ v) * multiplier));
  return u64(mix(u64((v ^ a) * multiplier)) * multiplier);
}

function hash16(bytes: Uint8Array, view: DataView): bigint {
  const size = bytes.length;
  const length = BigInt(size);
  if (size >= 8) {
    const multiplier = u64(K2 + length * 2n);
    const a = u64(read64(view, 0) + K2);
    const b = read64(view, size - 8);
    const c = u64(rotate(b, 37n) * multiplier + a);
    const d = u64((rotate(a, 25n) + b) * multiplier);
    return combine(c, d, multiplier);
  }
  if (size >= 4) {
    const multiplier = u64(K2 + length * 2n);
    return combine(u64(length + (read32(view, 0) << 3n)), read32(view, size - 4), multiplier);
  }
  if (size === 0) return K2;
  const [a, b, c] = [BigInt(bytes[0] ?? 0), BigInt(bytes[size >> 1] ?? 0), BigInt(bytes[size - 1] ?? 0)];
  const y = a + (b << 8n);
  const z = length + (c << 2n);
  return u64(mix(u64(y * K2) ^ u64(z * K0)) * K2);
}

function hash32(view: DataView): bigint {
  const size = view.byteLength;
  const multiplier = u64(K2 + BigInt(size) * 2n);
  const a = u64(read64(view, 0) * K1);
  const b = read64(view, 8);
  const c = u64(read64(view, size - 8) * multiplier);
  const d = u64(read64(view, size - 16) * K2);
  return combine(
    u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d),
    u64(a + rotate(u64(b + K2), 18n) + c),
    multiplier,
  );
}

function hash64(view: DataView): bigint {
  const size = view.byteLength;
  const multiplier = u64(K2 + BigInt(size) * 2n);
  const a = u64(read64(view, 0) * K2);
  const b = read64(view, 8);
  const c = u64(read64(view, size - 8) * multiplier);
  const d = u64(read64(view, size - 16) * K2);
  const y = u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d);
  const z = combine(y, u64(a + rotate(u64(b + K2), 18n) + c), multiplier);
  const e = u64(read64(view, 16) * multiplier);
  const f = read64(view, 24);
  const g = u64((y + read64(view, size - 32)) * multiplier);
  const h = u64((z + read64(view, size - 24)) * multiplier);
  return combine(
    u64(rotate(u64(e + f), 43n) + rotate(g, 30n) + h),
    u64(e + rotate(u64(f + a), 18n) + g),
    multiplier,
  );
}

type Pair = readonly [bigint, bigint];

function weak(view: DataView, at: number, first: bigint, second: bigint): Pair {
  const [w, x, y, z] = [read64(view, at), read64(view, at + 8), read64(view, at + 16), read64(view, at + 24)];
  const a = u64(first + w);
  const b = rotate(u64(second + a + z), 21n);
  const c = a;
  const sum = u64(a + x + y);
  return [u64(sum + z), u64(b + rotate(sum, 44n) + c)];
}

function hashLong(view: DataView): bigint {
  const size = view.byteLength;
  const seed = 81n;
  let x = seed;
  let y = u64(seed * K1 + 113n);
  let z = u64(mix(u64(y * K2 + 113n)) * K2);
  let v: Pair = [0n, 0n];
  let w: Pair = [0n, 0n];
  x = u64(x * K2 + read64(view, 0));
  const end = ((size - 1) >> 6) * 64;
  const last64 = end + ((size - 1) & 63) - 63;
  let at = 0;
  do {
    x = u64(rotate(u64(x + y + v[0] + read64(view, at + 8)), 37n) * K1);
    y = u64(rotate(u64(y + v[1] + read64(view, at + 48)), 42n) * K1);
    x ^= w[1];
    y = u64(y + v[0] + read64(view, at + 40));
    z = u64(rotate(u64(z + w[0]), 33n) * K1);
    v = weak(view, at, u64(v[1] * K1), u64(x + w[0]));
    w = weak(view, at + 32, u64(z + w[1]), u64(y + read64(view, at + 16)));
    [z, x] = [x, z];
    at += 64;
  } while (at !== end);
  const multiplier = u64(K1 + ((z & 0xffn) << 1n));
  at = last64;
  w = [u64(w[0] + BigInt((size - 1) & 63)), w[1]];
  v = [u64(v[0] + w[0]), v[1]];
  w = [u64(w[0] + v[0]), w[1]];
  x = u64(rotate(u64(x + y + v[0] + read64(view, at + 8)), 37n) * multiplier);
  y = u64(rotate(u64(y + v[1] + read64(view, at + 48)), 42n) * multiplier);
  x ^= u64(w[1] * 9n);
  y = u64(y + v[0] * 9n + read64(view, at + 40));
  z = u64(rotate(u64(z + w[0]), 33n) * multiplier);
  v = weak(view, at, u64(v[1] * multiplier), u64(x + w[0]));
  w = weak(view, at + 32, u64(z + w[1]), u64(y + read64(view, at + 16)));
  [z, x] = [x, z];
  return combine(
    u64(combine(v[0], w[0], multiplier) + u64(mix(y) * K0) + z),
    u64(combine(v[1], w[1], multiplier) + x),
    multiplier,
  );
}
