/** What every record has beside its fields. */
export interface RecordMeta {
  readonly id: string;
  /** 1, 2, …; the ETag is this number in quotes. */
  readonly version: number;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Id of the user, API key or system part that created it. */
  readonly createdBy: string;
}

export const META_FIELDS = ['id', 'version', 'createdAt', 'updatedAt', 'createdBy'] as const;

export type JsonObject = { [key: string]: unknown };

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members of objects that came from outside may be called like what every object inherits (`constructor`, `__proto__`). */
const own = (object: JsonObject, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;

function put(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  else object[key] = value;
}

/** Applies a JSON merge patch (RFC 7396) without changing its arguments. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) delete result[key];
    else put(result, key, mergePatch(own(result, key), value));
  }
  return result;
}

/** The smallest merge patch that turns `before` into `after`; undefined when they are equal. */
export function diffPatch(before: JsonObject, after: JsonObject): JsonObject | undefined {
  const patch: JsonObject = {};
  for (const key of Object.keys(before))
    if (own(after, key) === undefined && own(before, key) !== undefined) put(patch, key, null);
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined) continue;
    const old = own(before, key);
    if (isObject(value) && isObject(old)) {
      const nested = diffPatch(old, value);
      if (nested) put(patch, key, nested);
    } else if (!sameJson(old, value)) put(patch, key, value);
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/** Whether two JSON values are the same. The order of members means nothing: the document store does not keep it. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a).filter((key) => a[key] !== undefined);
  const others = Object.keys(b).filter((key) => b[key] !== undefined);
  return (
    keys.length === others.length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}

/** Drops undefined members, so that "missing" has one form. */
export function compact<T extends object>(value: T): T {
  for (const key of Object.keys(value) as (keyof T)[]) if (value[key] === undefined) delete value[key];
  return value;
}
