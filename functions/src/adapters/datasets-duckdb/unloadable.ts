/** A file that cannot be loaded as it was described; the message is for its owner. */
export class Unloadable extends Error {
  override readonly name = 'Unloadable';
}

/** With more broken rows than this the settings are wrong, not the rows. */
export const MAX_REJECTED = 100_000;

export function refuseTooMany(count: number): void {
  if (count > MAX_REJECTED)
    throw new Unloadable(
      `More than ${MAX_REJECTED} rows cannot be read with these settings. Check the delimiter and the types of the columns.`,
    );
}
