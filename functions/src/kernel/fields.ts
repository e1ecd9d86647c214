import type { z } from 'zod';

/** What a field is, read off its zod schema: drives filters, imports, warehouse columns, screens and the API reference. */
export type FieldType =
  | {
      readonly kind: 'string';
      readonly format?: string;
      readonly optional: boolean;
      readonly maxLength?: number;
    }
  | {
      readonly kind: 'number' | 'integer' | 'boolean' | 'instant' | 'date' | 'json';
      readonly optional: boolean;
    }
  | { readonly kind: 'enum'; readonly values: readonly string[]; readonly optional: boolean }
  | { readonly kind: 'array'; readonly element: FieldType; readonly optional: boolean }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, FieldType>; readonly optional: boolean };

/** The slice of zod's introspection (`schema._zod.def`) that is read here. */
interface Definition {
  readonly type: string;
  readonly format?: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly element?: z.ZodType;
  readonly shape?: z.ZodRawShape;
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
}

const definition = (schema: unknown): Definition => (schema as { _zod: { def: Definition } })._zod.def;

/** Describes one schema. Wrappers (optional, default, nullable, transform) are looked through. */
export function describeField(schema: unknown, optional = false): FieldType {
  const def = definition(schema);
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
      return describeField(def.innerType, true);
    case 'readonly':
      return describeField(def.innerType, optional);
    case 'pipe':
      return describeField(def.in, optional);
    case 'boolean':
      return { kind: 'boolean', optional };
    case 'number': {
      const integer = (schema as { isInt?: boolean; format?: string | null }).format === 'safeint';
      return { kind: integer ? 'integer' : 'number', optional };
    }
    case 'string':
      return describeString(schema, optional);
    case 'enum':
      return { kind: 'enum', values: Object.values(def.entries ?? {}).map(String), optional };
    case 'literal':
      return { kind: 'enum', values: (def.values ?? []).map(String), optional };
    case 'array':
      return { kind: 'array', element: describeField(def.element), optional };
    case 'object':
      return { kind: 'object', fields: describeFields(def.shape ?? {}), optional };
    default:
      return { kind: 'json', optional };
  }
}

function describeString(schema: unknown, optional: boolean): FieldType {
  const { format, maxLength } = schema as { format?: string | null; maxLength?: number | null };
  if (format === 'datetime') return { kind: 'instant', optional };
  if (format === 'date') return { kind: 'date', optional };
  return { kind: 'string', optional, ...(format ? { format } : {}), ...(maxLength ? { maxLength } : {}) };
}

export function describeFields(shape: z.ZodRawShape): ReadonlyMap<string, FieldType> {
  return new Map(Object.entries(shape).map(([name, schema]) => [name, describeField(schema)]));
}

/** The type at a dotted path; an array is looked through to its element. */
export function fieldAt(fields: ReadonlyMap<string, FieldType>, path: string): FieldType | undefined {
  const [head = '', ...rest] = path.split('.');
  let type = fields.get(head);
  for (const name of rest) {
    if (type?.kind === 'array') type = type.element;
    type = type?.kind === 'object' ? type.fields.get(name) : undefined;
  }
  return type;
}
