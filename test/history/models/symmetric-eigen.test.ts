import fc from "fast-check";
import { expect, test } from "vitest";
import { symmetricEigen } from "../../../src/history/models/symmetric-eigen.ts";

const symmetric = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc
    .array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), {
      minLength: size * size,
      maxLength: size * size,
    })
    .map((entries) => ({
      size,
      matrix: Float64Array.from(entries, (_, i) => {
        const [row, column] = [Math.floor(i / size), i % size];
        return entries[Math.min(row, column) * size + Math.max(row, column)]!;
      }),
    })),
);

function product(one: Float64Array, other: Float64Array): number {
  return one.reduce((sum, entry, i) => sum + entry * other[i]!, 0);
}

test("eigenvectors are orthonormal, and the matrix is reconstructed from them", () => {
  fc.assert(
    fc.property(symmetric, ({ matrix, size }) => {
      const { values, vectors } = symmetricEigen(matrix, size);
      const vector = (i: number): Float64Array => vectors.subarray(i * size, (i + 1) * size);
      const scale = Math.max(1, ...matrix.map(Math.abs));
      for (let i = 0; i < size; i++) {
        expect(values[i]!).toBeLessThanOrEqual(values[Math.max(0, i - 1)]!);
        for (let j = 0; j < size; j++) {
          expect(product(vector(i), vector(j))).toBeCloseTo(i === j ? 1 : 0, 9);
          let entry = 0;
          for (let k = 0; k < size; k++)
            entry += values[k]! * vectors[k * size + i]! * vectors[k * size + j]!;
          expect(Math.abs(entry - matrix[i * size + j]!)).toBeLessThan(1e-8 * scale);
        }
      }
    }),
  );
});

test("known eigenvalues are found", () => {
  const { values } = symmetricEigen(Float64Array.of(2, -1, 0, -1, 2, -1, 0, -1, 2), 3);
  expect(Array.from(values, (value) => value.toFixed(10))).toEqual(
    [2 + Math.SQRT2, 2, 2 - Math.SQRT2].map((value) => value.toFixed(10)),
  );
  expect(symmetricEigen(new Float64Array(16), 4).values).toEqual(new Float64Array(4));
});
