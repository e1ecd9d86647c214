/** What keeps directions that the data says nothing about from growing, as a share of a column's own size. */
const RIDGE = 1e-9;

/**
 * The coefficients that bring Σ coefficient × column closest to a target, by the normal equations and Cholesky's
 * decomposition (Golub and Van Loan, Matrix Computations, 5.3.2).
 */
export function leastSquares(columns: readonly Float64Array[], target: Float64Array): number[] {
  const size = columns.length;
  const matrix = columns.map((a, i) => columns.map((b, j) => (j <= i ? dot(a, b) : 0)));
  const right = columns.map((a) => dot(a, target));
  const at = (row: number, column: number): number => matrix[row]?.[column] ?? 0;
  for (let j = 0; j < size; j++) {
    let diagonal = at(j, j) * (1 + RIDGE) + Number.MIN_VALUE;
    for (let k = 0; k < j; k++) diagonal -= at(j, k) ** 2;
    const root = Math.sqrt(Math.max(diagonal, RIDGE * RIDGE));
    set(matrix, j, j, root);
    for (let i = j + 1; i < size; i++) {
      let value = at(i, j);
      for (let k = 0; k < j; k++) value -= at(i, k) * at(j, k);
      set(matrix, i, j, value / root);
    }
  }
  const half: number[] = [];
  for (let i = 0; i < size; i++) {
    let value = right[i] ?? 0;
    for (let k = 0; k < i; k++) value -= at(i, k) * (half[k] ?? 0);
    half.push(value / at(i, i));
  }
  const found = new Array<number>(size).fill(0);
  for (let i = size - 1; i >= 0; i--) {
    let value = half[i] ?? 0;
    for (let k = i + 1; k < size; k++) value -= at(k, i) * (found[k] ?? 0);
    found[i] = value / at(i, i);
  }
  return found;
}

function set(matrix: readonly number[][], row: number, column: number, value: number): void {
  const cells = matrix[row];
  if (cells) cells[column] = value;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
