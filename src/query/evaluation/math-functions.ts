import type { FunctionName } from "../function-signatures.ts";

// Above it, Prometheus computes hyperbolic functions as half of `exp`, which overflows earlier.
const MAX_EXACT = 21;

/** Functions of one number. */
export const MATH_FUNCTIONS: ReadonlyMap<FunctionName, (value: number) => number> = new Map<
  FunctionName,
  (value: number) => number
>([
  ["abs", Math.abs],
  ["acos", Math.acos],
  ["acosh", Math.acosh],
  ["asin", Math.asin],
  ["asinh", Math.asinh],
  ["atan", Math.atan],
  ["atanh", Math.atanh],
  ["ceil", Math.ceil],
  ["cos", Math.cos],
  ["cosh", (value) => (Math.abs(value) > MAX_EXACT ? Math.exp(Math.abs(value)) / 2 : Math.cosh(value))],
  ["deg", (radians) => (radians * 180) / Math.PI],
  ["exp", Math.exp],
  ["floor", Math.floor],
  ["ln", Math.log],
  ["log10", Math.log10],
  ["log2", Math.log2],
  ["rad", (degrees) => (degrees * Math.PI) / 180],
  // NaN stays NaN.
  ["sgn", Math.sign],
  ["sin", Math.sin],
  [
    "sinh",
    (value) =>
      Math.abs(value) > MAX_EXACT ? (Math.sign(value) * Math.exp(Math.abs(value))) / 2 : Math.sinh(value),
  ],
  ["sqrt", Math.sqrt],
  ["tan", Math.tan],
  ["tanh", Math.tanh],
]);
