import type { ListDocumentsRequest, RunQueryRequest, WireQuery } from '../door/wire.ts';
import { invalid } from '../errors.ts';
import { checkCollection, type DocumentPage, type ListedDocument, readPageSize } from './listing.ts';
import { pageToken, readPageToken } from './page-token.ts';

type Orders = NonNullable<WireQuery['orderBy']>;

/** Reads `priority desc, __name__`: field paths, each with its direction. */
function readOrderBy(text: string): Orders {
  if (text === '') return [];
  return text.split(',').map((part) => {
    const [fieldPath = '', direction = 'asc', ...more] = part.trim().split(/\s+/);
    if (more.length > 0 || !/^(asc|desc)$/i.test(direction)) {
      throw invalid(`orderBy: "${part.trim()}" is not a field with asc or desc.`);
    }
    return { field: { fieldPath }, direction: /^desc$/i.test(direction) ? 'DESCENDING' : 'ASCENDING' };
  });
}

/**
 * Lists documents in an order of their fields, as of a time or in a transaction: what a query answers. A page token
 * says how many documents came before.
 */
export async function listByQuery(
  request: ListDocumentsRequest,
  run: (query: RunQueryRequest) => Iterable<object> | Promise<Iterable<object>>,
): Promise<DocumentPage> {
  const { parent, transaction, readTime } = request;
  const id = request.collectionId ?? '';
  const name = checkCollection(parent ?? '', id);
  const text = request.orderBy ?? '';
  if (text !== '' && request.showMissing) throw invalid('orderBy cannot be combined with showMissing.');
  const list = `documents ${name} ordered by ${text}`;
  const offset = Number(readPageToken(list, request.pageToken) ?? 0);
  const size = readPageSize(request.pageSize);
  const structuredQuery: WireQuery = {
    from: [{ collectionId: id }],
    orderBy: readOrderBy(text),
    offset,
    limit: size + 1,
    select: request.mask
      ? { fields: (request.mask.fieldPaths ?? []).map((fieldPath) => ({ fieldPath })) }
      : null,
  };
  const documents: ListedDocument[] = [];
  for (const response of await run({ parent, structuredQuery, transaction, readTime })) {
    if ('document' in response) documents.push(response.document as ListedDocument);
  }
  const more = documents.length > size;
  return {
    documents: documents.slice(0, size),
    nextPageToken: more ? pageToken(list, String(offset + size)) : '',
  };
}
