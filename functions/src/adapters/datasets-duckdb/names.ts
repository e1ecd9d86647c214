/**
 * SQL names for the columns of a file: lower case letters, digits and `_`, not beginning with a digit, each once.
 * `Unit Price (€)` is `unit_price`; letters of any script stay letters.
 */
export function columnNames(sources: readonly string[]): string[] {
  const taken = new Set<string>();
  return sources.map((source, index) => {
    const words = source
      .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2')
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
      .replaceAll(/^_+|_+$/g, '')
      .toLowerCase()
      .slice(0, 60);
    const base = /^\p{L}/u.test(words) ? words : `column_${words || index + 1}`;
    let name = base;
    for (let number = 2; taken.has(name); number++) name = `${base}_${number}`;
    taken.add(name);
    return name;
  });
}
