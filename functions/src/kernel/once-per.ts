/**
 * Makes something once for each owner, and forgets it with its owner. For what is derived from an app, a registry or a
 * collection: nothing is shared between two of them in one process.
 *
 *     const cacheOf = oncePer((app: App) => createExpiringCache<Settings>(() => app.ports.clock.now(), 5_000));
 */
export function oncePer<Owner extends object, Made>(make: (owner: Owner) => Made): (owner: Owner) => Made {
  const made = new WeakMap<Owner, { readonly of: Made }>();
  return (owner) => {
    const known = made.get(owner);
    if (known) return known.of;
    const fresh = make(owner);
    made.set(owner, { of: fresh });
    return fresh;
  };
}
