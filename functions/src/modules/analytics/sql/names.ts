const MAX_LENGTH = 60;

/**
 * A name for SQL that tells what it is of: `Orders 2011 (Ébène)` becomes `orders_2011_ebene`. The same name twice, or
 * one of `taken`, gets a number. Letters of other scripts stay; such names are quoted with backticks.
 */
export function sqlName(label: string, taken: Set<string>): string {
  const plain = label
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, MAX_LENGTH);
  const base = /^\p{L}/u.test(plain) ? plain : `dataset${plain ? `_${plain}` : ''}`;
  let name = base;
  for (let number = 2; taken.has(name); number += 1) name = `${base}_${number}`;
  taken.add(name);
  return name;
}
