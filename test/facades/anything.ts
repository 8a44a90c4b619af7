// Values of every type that a caller of plain JavaScript may pass, including those that throw when read.
import fc from "fast-check";

/** Makers of ordinary values of every type, and of extraordinary ones that fast-check itself cannot hold. */
export function anything(): fc.Arbitrary<() => unknown> {
  const ordinary = fc.oneof(
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSparseArray: true,
    }),
    fc.constantFrom(undefined, null, NaN, Infinity, -Infinity, -1, -0, 0, 1, "5", "", Symbol("name"), 10n),
    fc.constantFrom(
      () => 1,
      async () => 1,
      new Error("x"),
      Promise.resolve(1),
    ),
  );
  return fc.oneof(
    ordinary.map((value) => () => value),
    fc.constantFrom<() => unknown>(throwingProxy, revokedProxy, throwingGetters, () => ({
      list: throwingProxy(),
      deep: { deeper: revokedProxy() },
    })),
  );
}

/** A proxy whose traps all throw. */
export function throwingProxy(): object {
  const fail = (): never => {
    throw new Error("do not look");
  };
  return new Proxy(
    {},
    { get: fail, has: fail, ownKeys: fail, getOwnPropertyDescriptor: fail, getPrototypeOf: fail, set: fail },
  );
}

/** A proxy that throws at every operation, even `Array.isArray`. */
export function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
}

/** Every option and field that our facades read, as a getter that throws. */
export function throwingGetters(): object {
  const given = {};
  for (const key of ["latency", "attributes", "system", "status", "reason", "then", "name", "message", "a"]) {
    Object.defineProperty(given, key, {
      enumerable: true,
      get() {
        throw new Error("do not look");
      },
    });
  }
  return given;
}
