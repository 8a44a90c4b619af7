// Random rules, and random events that concern them.
import fc from "fast-check";
import type {
  EventCondition,
  EventPattern,
  EventSequence,
  SequenceRule,
} from "../../../../src/alerts/sequences/rule.ts";
import type { EventFields } from "./events.ts";

const type = fc.constantFrom("a", "b", "c");

/** Patterns of types only. */
export const typePattern: fc.Arbitrary<EventPattern> = type.map((each) => ({ type: each }));

const seconds = fc.integer({ min: 1, max: 12 });
const by = fc.option(fc.constantFrom<readonly string[]>(["data.k"], ["k", "source"]), { nil: undefined });

/** Sequences over the types `a`, `b` and `c`. */
export const sequence: fc.Arbitrary<EventSequence> = fc
  .tuple(
    fc.oneof(
      fc
        .record({
          steps: fc.array(
            fc.record({ event: typePattern, without: fc.array(typePattern, { maxLength: 2 }) }),
            { minLength: 2, maxLength: 4 },
          ),
          max_gap: fc.option(seconds, { nil: undefined }),
        })
        .map(({ steps, max_gap: gap }) => ({
          kind: "sequence" as const,
          steps: steps.map(({ event, without }, i) =>
            i === 0 || without.length === 0 ? { event } : { event, without },
          ),
          ...(gap !== undefined && { max_gap: gap }),
        })),
      fc.record({ kind: fc.constant("absence" as const), event: typePattern, after: typePattern }),
      fc.record({ kind: fc.constant("absence" as const), event: typePattern }),
      fc.record({
        kind: fc.constant("count" as const),
        event: typePattern,
        at_least: fc.integer({ min: 1, max: 4 }),
      }),
      fc.record({
        kind: fc.constant("distinct" as const),
        field: fc.constant("data.v"),
        event: typePattern,
        at_least: fc.integer({ min: 2, max: 4 }),
      }),
    ),
    seconds,
    by,
  )
  .map(([form, within, key]) => ({ ...form, within, ...(key !== undefined && { by: key }) }));

/** Rules with different names. */
export const rules: fc.Arbitrary<readonly SequenceRule[]> = fc
  .array(sequence, { minLength: 1, maxLength: 4 })
  .map((sequences) => sequences.map((when, i) => ({ alert: `R${i}`, when })));

/** An event, and the delay after which it arrives. */
export interface Arrival {
  readonly event: EventFields;
  readonly delay: number;
}

/** Events in the order of their times, many at equal ones, with few keys and values. */
export const arrivals = (maxDelay: number, maxLength = 40): fc.Arbitrary<readonly Arrival[]> =>
  fc
    .array(
      fc.record({
        type: fc.constantFrom("a", "a", "a", "b", "b", "b", "c", "c", "c", "other"),
        step: fc.constantFrom(0, 0, 0.5, 1, 2, 5),
        k: fc.constantFrom(1, 1, 1, 2, 2, "three", undefined),
        v: fc.integer({ min: 0, max: 4 }),
        source: fc.constantFrom("left", "left", "right"),
        delay: fc.constantFrom(0, 0, maxDelay / 2, maxDelay),
      }),
      { maxLength, size: "max" },
    )
    .map((each) => {
      let at = 0;
      return each.map(({ type: name, step, k, v, source, delay }, i) => {
        at += step;
        return { event: { type: name, at, source, data: { k, v }, event_id: `${name}${i}` }, delay };
      });
    });

/** The order in which events arrive: times of arrival, with the index of each event. */
export function byArrival(all: readonly Arrival[]): readonly (Arrival & { readonly arrivesAt: number })[] {
  return all
    .map((each) => ({ ...each, arrivesAt: each.event.at + each.delay }))
    .toSorted((left, right) => left.arrivesAt - right.arrivesAt);
}

/** Conditions with all operators, and values that need quotes and escapes. */
export const condition: fc.Arbitrary<EventCondition> = fc.oneof(
  fc.record({
    field: field(),
    is: fc.constantFrom("=" as const, "!=" as const),
    value: value(),
  }),
  fc.record({
    field: field(),
    is: fc.constantFrom("<" as const, "<=" as const, ">" as const, ">=" as const),
    value: number(),
  }),
  fc.record({
    field: field(),
    is: fc.constantFrom("=~" as const, "!~" as const),
    value: fc.constantFrom("eu-.*", "", 'a"b', "a|b", "\\d+", "ü{2}"),
  }),
  fc.record({
    field: field(),
    is: fc.constant("in" as const),
    value: fc.array(value(), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ field: field(), is: fc.constant("exists" as const) }),
);

function field(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom("type", "source", "labels.http.method", "data.user.id", "order", "count", "in", "exists"),
    fc
      .array(text(), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.map((part) => part.replaceAll(".", "")).join("."))
      .filter((name) => name.split(".").every((part) => part.trim() !== ""))
      .filter((name) => !["labels", "data", "metadata"].includes(name)),
  );
}

function text(): fc.Arbitrary<string> {
  return fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
    .filter((each) => !each.includes("\u{FFFD}") && !/\p{Surrogate}/u.test(each));
}

function number(): fc.Arbitrary<number> {
  return fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => (each === 0 ? 0 : each));
}

function value(): fc.Arbitrary<string | number | boolean> {
  return fc.oneof(text(), number(), fc.boolean());
}

const pattern: fc.Arbitrary<EventPattern> = fc
  .record({
    type: fc.option(
      fc.oneof(
        text(),
        fc.constantFrom("order.created", "count", "by", "not", "followed", "within", "absent", "user-login"),
      ),
      { nil: undefined },
    ),
    where: fc.array(condition, { maxLength: 3 }),
  })
  .map(({ type: name, where }) => ({
    ...(name !== undefined && name.trim() !== "" && { type: name }),
    ...(where.length > 0 && { where }),
  }));

const duration = fc.oneof(
  fc.integer({ min: 1, max: 366 * 86_400 }),
  fc.integer({ min: 1, max: 100_000 }).map((millis) => millis / 1_000),
);

/** Sequences in canonical form, with all that the grammar has. */
export const anySequence: fc.Arbitrary<EventSequence> = fc
  .tuple(sequence, pattern, pattern, duration, duration, fc.uniqueArray(field(), { maxLength: 3 }))
  .map(([given, first, second, within, gap, key]): EventSequence => {
    const keyed = { within, ...(key.length > 0 && { by: key }) };
    switch (given.kind) {
      case "sequence": {
        const { max_gap: _, by: __, ...rest } = given;
        const steps = [...given.steps, { event: first, without: [second] }, { event: second }];
        return { ...rest, steps, ...keyed, ...(given.max_gap !== undefined && { max_gap: gap }) };
      }
      case "absence": {
        const { by: _, ...rest } = given;
        return { ...rest, event: first, ...keyed, ...(given.after !== undefined && { after: second }) };
      }
      case "count":
      case "distinct": {
        const { by: _, ...rest } = given;
        return { ...rest, event: first, ...keyed };
      }
      default:
        return given satisfies never;
    }
  });
