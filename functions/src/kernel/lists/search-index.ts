import type { App } from '../context.ts';
import type { Collection } from '../define.ts';
import { ServerTime, type StoredDocument } from '../ports/documents.ts';

const PAGE = 500;

/**
 * Brings a tenant's text index up to its change log, so that a search sees every write acknowledged before it.
 * The index is a reader of the log with a position of its own; nothing is written on the request path of writes.
 */
export async function catchUpSearch(app: App, tenantId: string): Promise<void> {
  const { documents, search } = app.ports;
  let at = await search.position(tenantId);
  for (;;) {
    const after = at === undefined ? undefined : (JSON.parse(at) as [string, string]);
    const changes = await documents.query({
      collection: `tenants/${tenantId}/changes`,
      orderBy: [['at', 'asc']],
      ...(after ? { startAfter: [new ServerTime(after[0]), after[1]] } : {}),
      limit: PAGE,
    });
    const last = changes.at(-1);
    if (!last) return;
    at = JSON.stringify([(last.data.at as ServerTime).iso, last.id]);
    await search.apply(tenantId, await entries(app, tenantId, changes), at);
    if (changes.length < PAGE) return;
  }
}

async function entries(
  app: App,
  tenantId: string,
  changes: readonly StoredDocument[],
): Promise<{ collection: string; id: string; text: string | null }[]> {
  const wanted = new Map<string, { collection: Collection; id: string }>();
  for (const { data } of changes) {
    const collection = app.registry.collections.get(String(data.collection));
    if (collection?.options.search)
      wanted.set(`tenants/${tenantId}/${collection.key}/${String(data.recordId)}`, {
        collection,
        id: String(data.recordId),
      });
  }
  const documents = await app.ports.documents.getAll([...wanted.keys()]);
  return [...wanted.values()].map(({ collection, id }, index) => {
    const data = documents[index]?.data;
    return { collection: collection.name, id, text: data ? searchText(collection, data) : null };
  });
}

const searchText = (collection: Collection, data: Readonly<Record<string, unknown>>): string =>
  (collection.options.search ?? []).map((field) => [data[field]].flat().join(' ')).join(' ');
