import { announcedBy } from '../../kernel/changes/change.ts';
import { matchesEvent } from '../../kernel/changes/subscribe.ts';
import type { App } from '../../kernel/context.ts';
import type { Collection } from '../../kernel/define.ts';
import { type FieldError, Problem } from '../../kernel/errors.ts';
import { META_FIELDS, sameJson } from '../../kernel/records/record.ts';
import { maySend, shownFields } from './message.ts';

/** What somebody asks of an endpoint. */
interface Wishes {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly where?: Readonly<Record<string, unknown>> | undefined;
  readonly changedFields?: readonly string[] | undefined;
  readonly permissions?: string[] | undefined;
}

/**
 * Throws a 422 Problem for an address that can never be called, events that nothing announces, and filters on fields
 * that no chosen event has. Only what is new is judged, so that an endpoint outlives what it once named.
 */
export function checkEndpoint(app: App, next: Wishes, previous: Wishes | undefined): void {
  const errors: FieldError[] = [];
  const refuse = (path: string, message: string, code: string): void =>
    void errors.push({ path, message, code });
  const refusal = next.url === previous?.url ? undefined : app.ports.http.refusal(next.url);
  if (refusal !== undefined) refuse('url', refusal, 'address_refused');
  const sent = [...app.registry.collections.values()].filter((collection) => maySend(collection, next));
  for (const [index, pattern] of next.events.entries())
    if (!previous?.events.includes(pattern) && !sent.some((collection) => announces(collection, [pattern])))
      refuse(`events.${index}`, `There is no event ${pattern} to send.`, 'unknown_event');
  const filters = ({ events, where, changedFields }: Wishes): unknown[] => [events, where, changedFields];
  if (!previous || !sameJson(filters(next), filters(previous))) {
    const known = new Set<string>(META_FIELDS);
    for (const collection of sent.filter((one) => announces(one, next.events)))
      for (const name of Object.keys(shownFields(collection))) known.add(name);
    const judge = (path: string, field: string): void => {
      if (!known.has(field)) refuse(path, `None of the chosen events has a field ${field}.`, 'unknown_field');
    };
    for (const field of Object.keys(next.where ?? {})) judge(`where.${field}`, field);
    for (const [index, field] of (next.changedFields ?? []).entries()) judge(`changedFields.${index}`, field);
  }
  if (errors.length > 0) throw new Problem('invalid', 'There are fields to correct.', { errors });
}

const announces = (collection: Collection, patterns: readonly string[]): boolean =>
  announcedBy(collection).some(({ event }) => matchesEvent(patterns, event));
