/** Makes a value when it is first asked for, and only once. */
export function once<T>(make: () => T): { readonly get: () => T; readonly made: () => T | undefined } {
  let value: { readonly of: T } | undefined;
  return {
    get: () => {
      value ??= { of: make() };
      return value.of;
    },
    made: () => value?.of,
  };
}
