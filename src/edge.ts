/**
 * Replaces `tachymeter` in the edge runtime (export condition `edge-light`), which is not Node.js.
 *
 * @module
 */

/** Throws an error that names the remedy. */
export function start(): never {
  throw new Error(
    "tachymeter: it needs Node.js, and this is the edge runtime; " +
      'in instrumentation.ts, import it only if process.env.NEXT_RUNTIME is "nodejs"; see tachymeter/docs/frameworks.md#nextjs',
  );
}

/** Returns `undefined`: nothing runs here. */
export function running(): undefined {
  return undefined;
}
