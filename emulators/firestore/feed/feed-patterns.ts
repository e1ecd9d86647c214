import { StorageError } from '../errors.ts';

function readSegment(segment: string): string {
  const wildcard = segment === '*' || segment === '**' || /^\{.*\}$/s.test(segment);
  if (!wildcard) return segment.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return segment.endsWith('**}') || segment === '**' ? '.+' : '[^/]+';
}

function readPattern(pattern: string): string {
  const segments = pattern.replace(/^\/|\/$/g, '').split('/');
  const open = segments.some((segment) => segment === '**' || /^\{[^}]*=\*\*\}$/.test(segment));
  if (segments.includes('') || (!open && segments.length % 2 !== 0)) {
    throw new StorageError(
      `Feed pattern "${pattern}" must name documents, for example tenants/{tenant}/changes/{id}.`,
    );
  }
  return segments.map(readSegment).join('/');
}

/**
 * Tests whether any pattern covers the path of a document below the root. A segment of a pattern is fixed, any one
 * segment (`{id}`, `*`), or one and more of them (`{rest=**}`, `**`), as in Firestore triggers. Undefined when there
 * are no patterns. Throws StorageError for a pattern that cannot name documents.
 */
export function readPatterns(patterns: readonly string[]): RegExp | undefined {
  return patterns.length === 0 ? undefined : new RegExp(`^(?:${patterns.map(readPattern).join('|')})$`, 's');
}

/** The path below the root of a document's full name. */
export function pathOf(name: string): string {
  return name.slice(name.indexOf('/documents/') + '/documents/'.length);
}
