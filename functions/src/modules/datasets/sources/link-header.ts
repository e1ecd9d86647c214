const PARAMETER = /;\s*([\w!#$&+\-.^`|~*]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/y;

/** The target of the first link with the relation `next` (RFC 8288, section 3); undefined when there is none. */
export function nextLink(header = ''): string | undefined {
  for (let at = 0; at < header.length; ) {
    const open = header.indexOf('<', at);
    const close = header.indexOf('>', open);
    if (open < 0 || close < 0) return undefined;
    const target = header.slice(open + 1, close);
    let relation: string | undefined;
    PARAMETER.lastIndex = close + 1;
    at = close + 1;
    for (let found = PARAMETER.exec(header); found; found = PARAMETER.exec(header)) {
      at = PARAMETER.lastIndex;
      // Only the first `rel` counts.
      if (found[1]?.toLowerCase() === 'rel') relation ??= found[2] ?? found[3] ?? '';
    }
    if (relation?.toLowerCase().split(/\s+/).includes('next')) return target;
  }
  return undefined;
}
