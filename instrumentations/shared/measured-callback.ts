// Calls that answer by a callback.

/** A callback whose first argument is the error. */
export type NodeCallback = (...answer: unknown[]) => unknown;

export function isNodeCallback(value: unknown): value is NodeCallback {
  return typeof value === "function";
}

/** The same callback, with `settled` called before it with the error, or `undefined`. */
export function measuredCallback(callback: NodeCallback, settled: (error?: unknown) => void): NodeCallback {
  // A function, since libraries call it with a `this` of their own.
  return function (this: unknown, ...answer) {
    settled(answer[0] ?? undefined);
    return Reflect.apply(callback, this, answer);
  };
}

/** The arguments of a call with the callback among them measured; `undefined` without one. */
export function withMeasuredCallback(
  args: readonly unknown[],
  settled: (error?: unknown) => void,
): readonly unknown[] | undefined {
  const position = args.findIndex(isNodeCallback);
  const callback = args[position];
  return isNodeCallback(callback) ? args.with(position, measuredCallback(callback, settled)) : undefined;
}
