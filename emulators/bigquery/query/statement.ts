/** A statement ready to be run: parsed, its names found, translated. */

import {
  BigQueryError,
  Context,
  parseStatement,
  type Query,
  type Selection,
  type Statement,
  type Typed,
  translateSelection,
} from '@mewayz/googlesql';
import type { Catalog } from '../store/catalog.ts';
import type { DatasetReference } from '../store/resources.ts';
import { type Place, Resolver } from './resolver.ts';

export interface QueryInput {
  readonly query: string;
  readonly projectId: string;
  readonly defaultDataset?: DatasetReference;
  readonly parameters: ReadonlyMap<string | number, Typed>;
}

/** What a statement is translated with. */
export interface Session {
  readonly input: QueryInput;
  readonly place: Place;
  readonly resolver: Resolver;
  readonly context: Context;
}

export function openSession(catalog: Catalog, input: QueryInput): Session {
  const place: Place = {
    projectId: input.projectId,
    ...(input.defaultDataset && { defaultDataset: input.defaultDataset }),
  };
  const resolver = new Resolver(catalog, place);
  const now = BigInt(Date.now()) * 1000n;
  const context = new Context({ source: input.query, catalog: resolver, parameters: input.parameters, now });
  return { input, place, resolver, context };
}

/** @throws SqlError when the text is no statement, or has other parameters than were given */
export function parse(input: QueryInput): Statement {
  const { statement, positional } = parseStatement(input.query);
  const given = [...input.parameters.keys()].filter((key) => typeof key === 'number').length;
  if (given > 0 && given !== positional)
    throw new BigQueryError(
      'invalidQuery',
      `Incorrect number of parameters: the query has ${positional}, but ${given} were given`,
      { location: 'query' },
    );
  return statement;
}

/** A query whose rows go to a client or a table: every column has a name of its own. */
export const select = ({ context }: Session, query: Query): Selection => translateSelection(query, context);
