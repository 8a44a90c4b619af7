// Eigenvalues and eigenvectors of a symmetric matrix.

/** Eigenvalues in descending order; vector `i` has the entries from `i * size`, and length 1. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

const MAX_SWEEPS = 50;
// Share of the whole that entries beside the diagonal may have.
const PRECISION = 1e-12;

/**
 * By cyclic Jacobi rotations: Golub and Van Loan, "Matrix Computations", section 8.5. `matrix` has its entries row by row.
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const entries = matrix.slice();
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1;
  for (let sweep = 0; sweep < MAX_SWEEPS && !isDiagonal(entries, size); sweep++)
    for (let p = 0; p < size - 1; p++)
      for (let q = p + 1; q < size; q++) rotate(entries, vectors, size, p, q);
  const order = Array.from({ length: size }, (_, i) => i).toSorted(
    (one, other) => entries[other * size + other]! - entries[one * size + one]!,
  );
  const sorted = new Float64Array(size * size);
  for (const [i, from] of order.entries())
    sorted.set(vectors.subarray(from * size, (from + 1) * size), i * size);
  return { values: Float64Array.from(order, (i) => entries[i * size + i]!), vectors: sorted };
}

// Makes the entry of a row and a column 0.
function rotate(entries: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const entry = entries[p * size + q]!;
  if (entry === 0) return;
  const ratio = (entries[q * size + q]! - entries[p * size + p]!) / (2 * entry);
  const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.hypot(ratio, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  for (let i = 0; i < size; i++) turn(entries, i * size + p, i * size + q, cosine, sine);
  for (let i = 0; i < size; i++) turn(entries, p * size + i, q * size + i, cosine, sine);
  // Vectors are rows here.
  for (let i = 0; i < size; i++) turn(vectors, p * size + i, q * size + i, cosine, sine);
}

function turn(numbers: Float64Array, at: number, other: number, cosine: number, sine: number): void {
  const [first, second] = [numbers[at]!, numbers[other]!];
  numbers[at] = cosine * first - sine * second;
  numbers[other] = sine * first + cosine * second;
}

function isDiagonal(entries: Float64Array, size: number): boolean {
  let [beside, whole] = [0, 0];
  for (const [i, entry] of entries.entries()) {
    whole += entry * entry;
    if (i % (size + 1) !== 0) beside += entry * entry;
  }
  return beside <= PRECISION * PRECISION * whole;
}
