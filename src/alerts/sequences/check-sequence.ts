// Checks of sequences of events: from text, objects and files.
import { type Check, isObject, oneOf, whole } from "../../options/check.ts";
import { type Parser, prefixOf, type RawOptions } from "../../options/parser.ts";
import { checkedPattern } from "./check-pattern.ts";
import { DURATION } from "./duration.ts";
import { FIELD } from "./field.ts";
import type { EventPattern, EventSequence, SequenceStep } from "./rule.ts";

const MAX_STEPS = 10;
const MAX_WITHOUT = 10;
// A bit each in 31 bits.
const MAX_PATTERNS = 30;
const MAX_FIELDS = 10;

const KIND = oneOf("sequence", "absence", "count", "distinct");
const KEY: Check<readonly string[]> = {
  must: `be an array of 1 to ${MAX_FIELDS} different fields, such as ["labels.order"]`,
  read: (value) => {
    const fields = itemsOf(value, MAX_FIELDS)?.map((each) => FIELD.read(each));
    if (fields === undefined || !fields.every((each) => each !== undefined)) return undefined;
    return new Set(fields).size === fields.length ? fields : undefined;
  },
};
const STEPS: Check<readonly unknown[]> = {
  must: `be an array of 2 to ${MAX_STEPS} steps, such as [{ event: "a" }, { event: "b" }]`,
  read: (value) => ((itemsOf(value, MAX_STEPS)?.length ?? 0) < 2 ? undefined : itemsOf(value, MAX_STEPS)),
};
const WITHOUT: Check<readonly unknown[]> = {
  must: `be an array of 1 to ${MAX_WITHOUT} events`,
  read: (value) => itemsOf(value, MAX_WITHOUT),
};
const COUNT = whole(1, 1_000);
// One value is a count of one.
const DISTINCT = whole(2, 1_000);

/** Checks a sequence. Adds problems to `parser`; returns its canonical form, or `undefined` if there are any. */
export function checkedSequence(parser: Parser, given: unknown, place: string): EventSequence | undefined {
  if (!isObject(given))
    return parser.problem(
      place,
      given,
      "be a text such as 'order.created followed by order.paid within 5m', or an object with its kind",
    );
  const before = parser.problems.length;
  const sequence = new SequenceCheck(parser, given, prefixOf(place)).sequence();
  if (sequence !== undefined && patternsOf(sequence).length > MAX_PATTERNS)
    parser.problem(place, patternsOf(sequence).length, `have at most ${MAX_PATTERNS} events`);
  return parser.problems.length > before ? undefined : sequence;
}

/** The patterns of a sequence in their order: a step, then the events that must not occur before it. */
export function patternsOf(sequence: EventSequence): readonly (string | EventPattern)[] {
  switch (sequence.kind) {
    case "sequence":
      return sequence.steps.flatMap(({ event, without = [] }) => [event, ...without]);
    case "absence":
      return sequence.after === undefined ? [sequence.event] : [sequence.event, sequence.after];
    case "count":
    case "distinct":
      return [sequence.event];
    default:
      return sequence satisfies never;
  }
}

class SequenceCheck {
  readonly #parser: Parser;
  readonly #given: RawOptions;
  readonly #prefix: string;

  constructor(parser: Parser, given: RawOptions, prefix: string) {
    this.#parser = parser;
    this.#given = given;
    this.#prefix = prefix;
  }

  sequence(): EventSequence | undefined {
    const kind = this.#required("kind", KIND);
    if (kind === undefined) return undefined;
    const fields = {
      sequence: ["steps", "max_gap"],
      absence: ["event", "after"],
      count: ["event", "at_least"],
      distinct: ["field", "event", "at_least"],
    }[kind];
    this.#parser.refuseUnknown(this.#prefix, this.#given, ["kind", ...fields, "within", "by"]);
    const within = this.#required("within", DURATION);
    const by = this.#optional("by", KEY);
    const form = this.#form(kind);
    if (form === undefined || within === undefined) return undefined;
    return { ...form, within, ...(by !== undefined && { by }) };
  }

  #form(kind: EventSequence["kind"]): Form | undefined {
    if (kind === "sequence") return this.#followedBy();
    const event = this.#event("event");
    if (kind === "absence") {
      const after = this.#given["after"] === undefined ? undefined : this.#event("after");
      return event && { kind, event, ...(after !== undefined && { after }) };
    }
    const minimum = this.#required("at_least", kind === "count" ? COUNT : DISTINCT);
    const field = kind === "distinct" ? this.#required("field", FIELD) : "";
    if (event === undefined || minimum === undefined || field === undefined) return undefined;
    return kind === "count" ? { kind, event, at_least: minimum } : { kind, field, event, at_least: minimum };
  }

  #followedBy(): Form | undefined {
    const gap = this.#optional("max_gap", DURATION);
    const steps = this.#required("steps", STEPS)?.map((step, i) => this.#step(step, `steps[${i}]`, i === 0));
    if (steps === undefined || !steps.every((step) => step !== undefined)) return undefined;
    return { kind: "sequence", steps, ...(gap !== undefined && { max_gap: gap }) };
  }

  #step(given: unknown, name: string, isFirst: boolean): SequenceStep | undefined {
    const place = `${this.#prefix}${name}`;
    if (!isObject(given)) return this.#parser.problem(place, given, "be an object with event and without");
    this.#parser.refuseUnknown(`${place}.`, given, isFirst ? ["event"] : ["event", "without"]);
    const event = checkedPattern(this.#parser, given["event"], `${place}.event`);
    if (isFirst || given["without"] === undefined) return event && { event };
    const without = this.#parser
      .checked(`${place}.without`, given["without"], WITHOUT)
      ?.map((each, i) => checkedPattern(this.#parser, each, `${place}.without[${i}]`));
    if (event === undefined || without === undefined) return undefined;
    return { event, without: without.filter((each) => each !== undefined) };
  }

  #event(name: string): EventPattern | undefined {
    return checkedPattern(this.#parser, this.#given[name], `${this.#prefix}${name}`);
  }

  #required<T>(name: string, check: Check<T>): T | undefined {
    return this.#parser.checked(`${this.#prefix}${name}`, this.#given[name], check);
  }

  #optional<T>(name: string, check: Check<T>): T | undefined {
    return this.#parser.optional(`${this.#prefix}${name}`, this.#given[name], check);
  }
}

type Form = EventSequence extends infer Each
  ? Each extends EventSequence
    ? Omit<Each, "within" | "by">
    : never
  : never;

function itemsOf(value: unknown, max: number): readonly unknown[] | undefined {
  return Array.isArray(value) && value.length > 0 && value.length <= max ? value : undefined;
}
