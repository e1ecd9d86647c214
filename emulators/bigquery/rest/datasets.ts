import type { Catalog } from '../store/catalog.ts';
import { createDataset, deleteDataset, updateDataset } from '../store/operations.ts';
import { type Dataset, type DatasetReference, datasetKey, type Kept } from '../store/resources.ts';
import type { Answer, Call } from './http.ts';
import { page } from './http.ts';
import { flag, type Json, object, string } from './input.ts';

/** What the server says of itself, and a client cannot set. */
const OWN = new Set([
  'kind',
  'etag',
  'id',
  'selfLink',
  'datasetReference',
  'creationTime',
  'lastModifiedTime',
  'type',
]);

export const etagOf = ({
  version,
  created,
}: {
  readonly version: number;
  readonly created: number;
}): string => `"${created.toString(36)}.${version}"`;

/** The version that an If-Match header means; −1 for one that is not this resource's. */
export function seenVersion(
  call: Call,
  current: { readonly version: number; readonly created: number },
): number | undefined {
  if (call.ifMatch === undefined || call.ifMatch === '*') return undefined;
  return call.ifMatch === etagOf(current) ? current.version : -1;
}

const DEFAULT_ACCESS = [{ role: 'OWNER', specialGroup: 'projectOwners' }];

export function datasetResource(dataset: Dataset): Json {
  const { reference, kept, created, modified } = dataset;
  return {
    location: 'US',
    access: DEFAULT_ACCESS,
    ...kept,
    kind: 'bigquery#dataset',
    etag: etagOf(dataset),
    id: datasetKey(reference),
    selfLink: '',
    datasetReference: reference,
    creationTime: String(created),
    lastModifiedTime: String(modified),
    type: 'DEFAULT',
  };
}

export function keptOf(body: Json, own: ReadonlySet<string>): Kept {
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => !own.has(name) && value !== null && value !== undefined),
  );
}

/** JSON merge: null removes, objects are merged, everything else replaces. */
export function merged(before: Json, patch: Json): Json {
  const result: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(patch)) {
    const old = result[name];
    if (value === null) delete result[name];
    else if (
      typeof value === 'object' &&
      !Array.isArray(value) &&
      typeof old === 'object' &&
      old !== null &&
      !Array.isArray(old)
    )
      result[name] = merged(old as Json, value as Json);
    else result[name] = value;
  }
  return result;
}

const referenceOf = ({ parts }: Call): DatasetReference => ({
  projectId: parts.project ?? '',
  datasetId: parts.dataset ?? '',
});

export type Routes = Record<string, (call: Call) => Promise<Answer>>;

export function datasetRoutes(catalog: Catalog): Routes {
  const change = async (call: Call, combine: (before: Json, body: Json) => Json): Promise<Answer> => {
    const before = catalog.dataset(referenceOf(call));
    const kept = keptOf(combine(before.kept, await call.body()), OWN);
    return {
      body: datasetResource(await updateDataset(catalog, before.reference, kept, seenVersion(call, before))),
    };
  };
  return {
    'GET /projects/:project/datasets': async ({ parts, query }) => {
      const { items, next } = page(catalog.datasets(parts.project ?? ''), query);
      const datasets = items.map((dataset) => {
        const { kind, id, datasetReference, labels, friendlyName, location } = datasetResource(dataset);
        return { kind, id, datasetReference, labels, friendlyName, location };
      });
      return { body: { kind: 'bigquery#datasetList', datasets, nextPageToken: next } };
    },
    'POST /projects/:project/datasets': async (call) => {
      const body = await call.body();
      const { datasetId } = object(body.datasetReference, 'datasetReference');
      const reference = { projectId: call.parts.project ?? '', datasetId: string(datasetId, 'datasetId') };
      return { body: datasetResource(await createDataset(catalog, reference, keptOf(body, OWN))) };
    },
    'GET /projects/:project/datasets/:dataset': async (call) => ({
      body: datasetResource(catalog.dataset(referenceOf(call))),
    }),
    'PATCH /projects/:project/datasets/:dataset': (call) => change(call, merged),
    'PUT /projects/:project/datasets/:dataset': (call) => change(call, (_, body) => body),
    'DELETE /projects/:project/datasets/:dataset': async (call) => {
      await deleteDataset(
        catalog,
        referenceOf(call),
        flag(call.query.get('deleteContents'), 'deleteContents'),
      );
      return { status: 204 };
    },
  };
}
