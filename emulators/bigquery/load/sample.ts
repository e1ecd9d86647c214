/** Splits CSV text into rows of texts; for samples, the real reading is DuckDB's. */
export function parse(text: string, delimiter: string, quote: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let value = '';
  let quoted = false;
  const endValue = () => {
    row.push(value);
    value = '';
  };
  const endRow = () => {
    endValue();
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (quoted) {
      if (sign !== quote) value += sign;
      else if (text[at + 1] === quote) {
        value += quote;
        at += 1;
      } else quoted = false;
    } else if (sign === quote && value === '') quoted = true;
    else if (sign === delimiter) endValue();
    else if (sign === '\n') endRow();
    else if (sign !== '\r') value += sign;
  }
  if (value !== '' || row.length > 0) endRow();
  return rows;
}
