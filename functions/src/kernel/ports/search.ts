/** Full text over the declared search fields of a collection. */
export interface Search {
  /** Ids whose text holds every word of `query` as a word prefix, best first; at most `limit`. */
  find(scope: { tenantId: string; collection: string }, query: string, limit: number): Promise<string[]>;
  /** Where this tenant's index stands in the change log; undefined before the first change. */
  position(tenantId: string): Promise<string | undefined>;
  /** Stores the documents and the position they bring the index to, together. */
  apply(
    tenantId: string,
    entries: readonly { collection: string; id: string; text: string | null }[],
    position: string,
  ): Promise<void>;
}
