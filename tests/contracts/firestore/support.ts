import type {
  CollectionReference,
  DocumentData,
  Query,
  QuerySnapshot,
  VectorQuery,
} from '@google-cloud/firestore';

/** gRPC status codes (https://grpc.io/docs/guides/status-codes/). */
export const Code = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
} as const;

/** Fills a collection in one commit. */
export async function seed(
  collection: CollectionReference,
  documents: Record<string, DocumentData>,
): Promise<CollectionReference> {
  const batch = collection.firestore.batch();
  for (const [id, data] of Object.entries(documents)) batch.set(collection.doc(id), data);
  await batch.commit();
  return collection;
}

/** The ids that a query answers, in its order. */
export async function ids(query: Query | VectorQuery): Promise<string[]> {
  const { docs } = (await query.get()) as QuerySnapshot;
  return docs.map(({ id }) => id);
}

/** Matches the error of a call: its code and a part of its message. */
export function refusal(code: number, message: string): { code: number; details: unknown } {
  return { code, details: expectText(message) };
}

function expectText(text: string) {
  return { asymmetricMatch: (other: unknown) => String(other).includes(text), toString: () => text };
}
