import type { AnsweredDocument } from '../query/reads.ts';
import type { Fields, Timestamp, Value } from '../values/values.ts';

/** A value as the client's transport would give it. */
type ClientValue = { valueType: Value['valueType'] };
type ClientFields = Record<string, ClientValue>;

/** A document as the client's transport would give it. */
export interface ClientDocument {
  name: string;
  fields: ClientFields;
  createTime: Timestamp;
  updateTime: Timestamp;
}

function clientValue(value: Value): ClientValue {
  const { valueType } = value;
  switch (valueType) {
    case 'integerValue':
      return { valueType, integerValue: String(value.integerValue) } as ClientValue;
    case 'timestampValue': {
      const { seconds, nanos } = value.timestampValue;
      return { valueType, timestampValue: { seconds: String(seconds), nanos } } as ClientValue;
    }
    case 'geoPointValue':
      return { valueType, geoPointValue: { ...value.geoPointValue } } as ClientValue;
    case 'arrayValue':
      return { valueType, arrayValue: { values: value.arrayValue.values.map(clientValue) } } as ClientValue;
    case 'mapValue':
      return { valueType, mapValue: { fields: clientFields(value.mapValue.fields) } } as ClientValue;
    default:
      return { ...value };
  }
}

function clientFields(fields: Fields): ClientFields {
  const view: ClientFields = {};
  for (const key in fields) {
    const value = fields[key];
    if (value) view[key] = clientValue(value);
  }
  return view;
}

/**
 * A copy of a document for a client in this process: 64-bit integers are text, as over the network, and what the
 * client does to it stays with the client.
 */
export function clientDocument({ name, fields, createTime, updateTime }: AnsweredDocument): ClientDocument {
  return { name, fields: clientFields(fields), createTime, updateTime };
}
