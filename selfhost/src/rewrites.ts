/**
 * The `hosting.rewrites` of a firebase.json as a lookup. Like Firebase Hosting the first rewrite that matches wins,
 * but the time to find it depends on the depth of the path, not on the number of rewrites.
 * Globs: https://firebase.google.com/docs/hosting/full-config#glob_pattern_matching
 */

import { z } from 'zod';

const firebaseJson = z.object({
  hosting: z.object({
    rewrites: z.array(
      z.object({
        source: z.string(),
        function: z.union([z.string(), z.object({ functionId: z.string() })]).optional(),
      }),
    ),
  }),
});

export type Routes = (path: string) => { function: string } | undefined;

interface Rule {
  index: number;
  target: { function: string };
}

/** One segment of the paths: `**` ends a source, `*` is any one segment. */
interface Node {
  children: Map<string, Node>;
  wildcard?: Node;
  end?: Rule;
  rest?: Rule;
}

/** Reads the rewrites to functions; others (to files, to Cloud Run) are left to the caller. Throws a ZodError. */
export function routesOf(json: unknown): Routes {
  const root: Node = { children: new Map() };
  const patterns: { pattern: RegExp; rule: Rule }[] = [];
  for (const [index, rewrite] of firebaseJson.parse(json).hosting.rewrites.entries()) {
    if (rewrite.function === undefined) continue;
    const name = typeof rewrite.function === 'string' ? rewrite.function : rewrite.function.functionId;
    const rule = { index, target: { function: name } };
    for (const source of expandBraces(rewrite.source)) {
      const segments = segmentsOf(source);
      if (isSimple(segments)) insert(root, segments, rule);
      else patterns.push({ pattern: toPattern(source), rule });
    }
  }
  return (path) => {
    let best = match(root, segmentsOf(path), 0);
    for (const { pattern, rule } of patterns) {
      if ((best === undefined || rule.index < best.index) && pattern.test(path)) best = rule;
    }
    return best?.target;
  };
}

/** `/a{,/**}` becomes `/a` and `/a/**`. */
function expandBraces(source: string): string[] {
  const braces = /\{([^{}]*)\}/.exec(source);
  if (!braces) return [source];
  const [whole, inner = ''] = braces;
  const before = source.slice(0, braces.index);
  const after = source.slice(braces.index + whole.length);
  return inner.split(',').flatMap((choice) => expandBraces(before + choice + after));
}

function segmentsOf(path: string): string[] {
  const segments = path.split('/');
  if (segments[0] === '') segments.shift();
  return segments;
}

function isSimple(segments: string[]): boolean {
  return segments.every((segment, index) => {
    if (segment === '**') return index === segments.length - 1;
    return segment === '*' || !/[*?@!+()[\]:]/.test(segment);
  });
}

function insert(root: Node, segments: string[], rule: Rule): void {
  let node = root;
  for (const segment of segments) {
    if (segment === '**') {
      node.rest ??= rule;
      return;
    }
    const next: Node = (segment === '*' ? node.wildcard : node.children.get(segment)) ?? {
      children: new Map(),
    };
    if (segment === '*') node.wildcard = next;
    else node.children.set(segment, next);
    node = next;
  }
  node.end ??= rule;
}

function match(node: Node, segments: string[], depth: number): Rule | undefined {
  const segment = segments[depth];
  if (segment === undefined) return node.end;
  const literal = node.children.get(segment);
  let best = node.rest;
  if (literal) best = first(best, match(literal, segments, depth + 1));
  if (node.wildcard && segment !== '') best = first(best, match(node.wildcard, segments, depth + 1));
  return best;
}

function first(a: Rule | undefined, b: Rule | undefined): Rule | undefined {
  if (!a || !b) return a ?? b;
  return a.index < b.index ? a : b;
}

/** The rarer globs: `**` in the middle, `*` or `?` inside a segment, `@(a|b)`, `:name`. */
function toPattern(source: string): RegExp {
  const tokens = /\*\*\/|\*\*|\*|\?|@\(([^)]*)\)|:\w+\*?|[^*?@:]+|./g;
  const pattern = source.replace(tokens, (token, choices?: string) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '**' || (token.startsWith(':') && token.endsWith('*'))) return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (choices !== undefined) return `(?:${choices.split('|').map(escapePattern).join('|')})`;
    return token.startsWith(':') && token.length > 1 ? '[^/]+' : escapePattern(token);
  });
  return new RegExp(`^${pattern}$`);
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
