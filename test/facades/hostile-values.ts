// What a caller without types may pass: values of every wrong type, for properties.
import fc from "fast-check";

const cyclic: Record<string, unknown> = {};
cyclic["itself"] = cyclic;

const trap = (): never => {
  throw new Error("a trap");
};
const throwingProxy = new Proxy(
  {},
  { get: trap, has: trap, ownKeys: trap, getOwnPropertyDescriptor: trap, getPrototypeOf: trap },
);
const revoked = Proxy.revocable({}, {});
revoked.revoke();

let looks = 0;
const oddities: readonly unknown[] = [
  undefined,
  null,
  Symbol("symbol"),
  10n,
  () => "function",
  Map,
  new Date(NaN),
  new Map([[1, 2]]),
  cyclic,
  Object.create(null),
  throwingProxy,
  revoked.proxy,
  { toString: trap, valueOf: trap, toJSON: trap, [Symbol.toPrimitive]: trap },
  {
    get moody() {
      looks++;
      return looks % 2 === 0 ? trap() : looks;
    },
  },
  JSON.parse('{"then":1,"__proto__":"x","constructor":1,"toString":true}'),
  [throwingProxy],
  [cyclic],
];

/** What gives a value, for the property to call: fast-check itself looks at the values that it is given. */
export type Hidden = () => unknown;

/** Any value at all. */
export const anything: fc.Arbitrary<Hidden> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...oddities.map(
        (value): Hidden =>
          () =>
            value,
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .oneof(fc.anything({ withBigInt: true, withNullPrototype: true }), fc.double(), fc.string())
      .map(
        (value): Hidden =>
          () =>
            value,
      ),
  },
);

/** Objects whose fields are anything, or anything. */
export const anyFields: fc.Arbitrary<Hidden> = fc.oneof(
  fc
    .array(
      fc.tuple(fc.oneof(fc.constantFrom("a", "node", "status", "component", "size"), fc.string()), anything),
    )
    .map(
      (fields): Hidden =>
        () =>
          Object.fromEntries(fields.map(([key, value]) => [key, value()])),
    ),
  anything,
);
