import type { Collection } from '../define.ts';
import type { FieldType } from '../fields.ts';
import { filterFields, sortFields } from '../lists/list-query.ts';
import type { Registry } from '../registry.ts';

/** What the portal draws lists, forms, details and imports from. */
export function portalManifest(registry: Registry): unknown {
  const shown = [...registry.collections.values()].filter(({ options }) => options.api !== 'none');
  const metrics = [...registry.metrics.values()].map(({ name, label, description, format, dimensions }) => ({
    name,
    label,
    description,
    format,
    dimensions: Object.keys(dimensions),
  }));
  return { collections: shown.map(describe), metrics };
}

function describe(collection: Collection): unknown {
  const { name, options, fieldTypes } = collection;
  const computed = new Set(Object.keys(options.computed ?? {}));
  const secret = new Set(options.secret ?? []);
  return {
    name,
    path: `/api/${name.replace('.', '/')}`,
    labels: options.labels,
    idPrefix: options.idPrefix,
    readOnly: options.api === 'read-only',
    fields: [...fieldTypes]
      .filter(([field]) => !secret.has(field))
      .map(([field, type]) => ({ name: field, type: typeToJson(type), computed: computed.has(field) })),
    filters: [...filterFields(collection).keys()],
    sorts: [...sortFields(collection).keys()],
    search: (options.search ?? []).length > 0,
    importable: options.api !== 'read-only',
    roles: Object.fromEntries(
      Object.entries(options.access).map(([action, rule]) => [
        action,
        typeof rule === 'string' ? rule : null,
      ]),
    ),
    example: options.example,
  };
}

function typeToJson(type: FieldType): unknown {
  if (type.kind === 'array') return { ...type, element: typeToJson(type.element) };
  if (type.kind === 'object')
    return {
      ...type,
      fields: [...type.fields].map(([name, field]) => ({ name, type: typeToJson(field), computed: false })),
    };
  return type;
}
