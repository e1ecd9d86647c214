/** Device names that Windows opens instead of a file, with or without an extension. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}$/;

/** A key that is no key: made by the program, never by a user, so it is a mistake of ours. */
export class InvalidFileKey extends TypeError {
  constructor(key: string) {
    super(`not a file key: ${JSON.stringify(key.slice(0, 100))}`);
    this.name = 'InvalidFileKey';
  }
}

/**
 * The segments of a file key (`tenants/ten_1/imports/imp_1`): letters, digits, `_ - .`, at most 900 characters in
 * all. The same keys are valid in a bucket and in a folder on any system. Throws `InvalidFileKey`.
 */
export function fileKeySegments(key: string): string[] {
  const segments = key.split('/');
  const valid =
    key.length <= 900 &&
    segments.every((part) => SEGMENT.test(part) && !part.endsWith('.') && !RESERVED.test(part));
  if (!valid) throw new InvalidFileKey(key);
  return segments;
}
