/**
 * The requests of `google.firestore.v1` as they arrive: from the Node client in process, or decoded by
 * protobufjs. Every field may be absent, and 64-bit integers are numbers, strings or Long objects.
 */
export type Int64 = number | string | { toString(): string };

export interface WireTimestamp {
  seconds?: Int64 | null;
  nanos?: number | null;
}

export interface WireValue {
  nullValue?: unknown;
  booleanValue?: boolean | null;
  integerValue?: Int64 | null;
  doubleValue?: number | string | null;
  timestampValue?: WireTimestamp | null;
  stringValue?: string | null;
  bytesValue?: Uint8Array | null;
  referenceValue?: string | null;
  geoPointValue?: { latitude?: number | null; longitude?: number | null } | null;
  arrayValue?: { values?: WireValue[] | null } | null;
  mapValue?: { fields?: Record<string, WireValue> | null } | null;
}

export interface WireDocument {
  name?: string | null;
  fields?: Record<string, WireValue> | null;
}

export interface WireMask {
  fieldPaths?: string[] | null;
}

export interface WirePrecondition {
  exists?: boolean | null;
  updateTime?: WireTimestamp | null;
}

export interface WireTransform {
  fieldPath?: string | null;
  setToServerValue?: string | number | null;
  increment?: WireValue | null;
  maximum?: WireValue | null;
  minimum?: WireValue | null;
  appendMissingElements?: { values?: WireValue[] | null } | null;
  removeAllFromArray?: { values?: WireValue[] | null } | null;
}

export interface WireWrite {
  update?: WireDocument | null;
  delete?: string | null;
  verify?: string | null;
  transform?: { document?: string | null; fieldTransforms?: WireTransform[] | null } | null;
  updateMask?: WireMask | null;
  updateTransforms?: WireTransform[] | null;
  currentDocument?: WirePrecondition | null;
}

export interface WireTransactionOptions {
  readOnly?: { readTime?: WireTimestamp | null } | null;
  readWrite?: { retryTransaction?: Uint8Array | null } | null;
}

export interface WireConsistency {
  transaction?: Uint8Array | null;
  newTransaction?: WireTransactionOptions | null;
  readTime?: WireTimestamp | null;
}

export interface WireFieldReference {
  fieldPath?: string | null;
}

export interface WireFilter {
  compositeFilter?: { op?: string | number | null; filters?: WireFilter[] | null } | null;
  fieldFilter?: {
    field?: WireFieldReference | null;
    op?: string | number | null;
    value?: WireValue | null;
  } | null;
  unaryFilter?: { op?: string | number | null; field?: WireFieldReference | null } | null;
}

export interface WireCursor {
  values?: WireValue[] | null;
  before?: boolean | null;
}

export type WireInt32 = number | { value?: number | null } | null;

export interface WireFindNearest {
  vectorField?: WireFieldReference | null;
  queryVector?: WireValue | null;
  distanceMeasure?: string | number | null;
  limit?: WireInt32;
  distanceResultField?: string | null;
  distanceThreshold?: number | { value?: number | null } | null;
}

export interface WireQuery {
  select?: { fields?: WireFieldReference[] | null } | null;
  from?: { collectionId?: string | null; allDescendants?: boolean | null }[] | null;
  where?: WireFilter | null;
  orderBy?: { field?: WireFieldReference | null; direction?: string | number | null }[] | null;
  startAt?: WireCursor | null;
  endAt?: WireCursor | null;
  offset?: number | null;
  limit?: WireInt32;
  findNearest?: WireFindNearest | null;
}

export interface WireAggregation {
  alias?: string | null;
  count?: { upTo?: Int64 | { value?: Int64 | null } | null } | null;
  sum?: { field?: WireFieldReference | null } | null;
  avg?: { field?: WireFieldReference | null } | null;
}

export interface ExplainOptions {
  analyze?: boolean | null;
}

export interface BeginTransactionRequest {
  database?: string | null;
  options?: WireTransactionOptions | null;
}

export interface CommitRequest {
  database?: string | null;
  writes?: WireWrite[] | null;
  transaction?: Uint8Array | null;
}

export interface BatchGetRequest extends WireConsistency {
  database?: string | null;
  documents?: string[] | null;
  mask?: WireMask | null;
}

export interface RunQueryRequest extends WireConsistency {
  parent?: string | null;
  structuredQuery?: WireQuery | null;
  explainOptions?: ExplainOptions | null;
}

export interface RunAggregationRequest extends WireConsistency {
  parent?: string | null;
  structuredAggregationQuery?: {
    structuredQuery?: WireQuery | null;
    aggregations?: WireAggregation[] | null;
  } | null;
  explainOptions?: ExplainOptions | null;
}

export interface PartitionQueryRequest extends WireConsistency {
  parent?: string | null;
  structuredQuery?: WireQuery | null;
  partitionCount?: Int64 | null;
  pageSize?: number | null;
  pageToken?: string | null;
}

export interface ListDocumentsRequest extends WireConsistency {
  parent?: string | null;
  collectionId?: string | null;
  pageSize?: number | null;
  pageToken?: string | null;
  orderBy?: string | null;
  mask?: WireMask | null;
  showMissing?: boolean | null;
}

export interface ListCollectionIdsRequest extends WireConsistency {
  parent?: string | null;
  pageSize?: number | null;
  pageToken?: string | null;
}

export interface GetDocumentRequest extends WireConsistency {
  name?: string | null;
  mask?: WireMask | null;
}

export interface CreateDocumentRequest {
  parent?: string | null;
  collectionId?: string | null;
  documentId?: string | null;
  document?: WireDocument | null;
  mask?: WireMask | null;
}

export interface UpdateDocumentRequest {
  document?: WireDocument | null;
  updateMask?: WireMask | null;
  mask?: WireMask | null;
  currentDocument?: WirePrecondition | null;
}

export interface DeleteDocumentRequest {
  name?: string | null;
  currentDocument?: WirePrecondition | null;
}

export interface WireTarget {
  query?: { parent?: string | null; structuredQuery?: WireQuery | null } | null;
  documents?: { documents?: string[] | null } | null;
  resumeToken?: Uint8Array | null;
  readTime?: WireTimestamp | null;
  targetId?: number | null;
  once?: boolean | null;
  expectedCount?: WireInt32;
}

export interface ListenRequest {
  database?: string | null;
  addTarget?: WireTarget | null;
  removeTarget?: number | null;
}

/** The value of an Int32Value wrapper, which arrives bare or boxed. */
export function unwrap(value: WireInt32 | undefined): number | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === 'number' ? value : (value.value ?? 0);
}
