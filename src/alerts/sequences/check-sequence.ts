// Checks of sequences of events: from text, objects and files.
import { show } from "../../diagnostics/show.ts";
import { type Check, isObject, number, oneOf, text as nonEmpty, whole } from "../../options/check.ts";
import { Parser, prefixOf, type RawOptions } from "../../options/parser.ts";
import { DURATION } from "./duration.ts";
import { FIELD } from "./field.ts";
import type {
  Compared,
  EventCondition,
  EventPattern,
  EventSequence,
  FieldValue,
  SequenceStep,
} from "./rule.ts";
import { SequenceError } from "./tokens.ts";
import { readSequence } from "./syntax.ts";
import { problemOfPattern } from "../../query/syntax/pattern.ts";

const MAX_STEPS = 10;
const MAX_WITHOUT = 10;
// A bit each in 31 bits.
const MAX_PATTERNS = 30;
const MAX_FIELDS = 10;

const KIND = oneOf("sequence", "absence", "count", "distinct");
const FIELDS = {
  sequence: ["steps", "max_gap"],
  absence: ["event", "after"],
  count: ["event", "at_least"],
  distinct: ["field", "event", "at_least"],
} as const;
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

/**
 * Parses the text of a sequence, such as `order.created not followed by order.shipped within 1h by labels.order`.
 * Durations of the result are in seconds.
 *
 * @throws SequenceError with the position and what was expected.
 * @example
 * parseSequence("count login.failed >= 5 within 10m by source");
 * // { kind: "count", event: { type: "login.failed" }, at_least: 5, within: 600, by: ["source"] }
 */
export function parseSequence(text: string): EventSequence {
  if (typeof text !== "string") throw new SequenceError(`a sequence must be a string, got ${show(text)}`);
  const parser = new Parser();
  const sequence = checkedSequence(parser, readSequence(text), "");
  if (sequence !== undefined) return sequence;
  const { name = "", must = "be a sequence", value } = parser.problems[0] ?? {};
  throw new SequenceError(`${name} must ${must}, got ${show(value, name)}`);
}

/** Checks a sequence. Adds problems to `parser`; returns its canonical form, or `undefined` if there are any. */
export function checkedSequence(parser: Parser, given: unknown, place: string): EventSequence | undefined {
  if (!isObject(given))
    return parser.problem(
      place,
      given,
      "be a text such as 'order.created followed by order.paid within 5m', or an object with its kind",
    );
  const before = parser.problems.length;
  const sequence = sequenceFrom(parser, given, prefixOf(place));
  const patterns = sequence === undefined ? 0 : patternsOf(sequence).length;
  if (patterns > MAX_PATTERNS) parser.problem(place, patterns, `have at most ${MAX_PATTERNS} events`);
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

// Invalid parts are replaced by any valid ones, since the sequence is dropped.
function sequenceFrom(parser: Parser, given: RawOptions, prefix: string): EventSequence | undefined {
  const required = <T>(name: string, check: Check<T>): T | undefined =>
    parser.checked(`${prefix}${name}`, given[name], check);
  const optional = <T>(name: string, check: Check<T>): T | undefined =>
    parser.optional(`${prefix}${name}`, given[name], check);
  const pattern = (name: string): EventPattern => checkedPattern(parser, given[name], `${prefix}${name}`);
  const kind = required("kind", KIND);
  if (kind === undefined) return undefined;
  parser.refuseUnknown(prefix, given, ["kind", ...FIELDS[kind], "within", "by"]);
  const within = required("within", DURATION) ?? 0;
  const by = optional("by", KEY);
  const times = { within, ...(by !== undefined && { by }) };
  if (kind === "sequence") {
    const gap = optional("max_gap", DURATION);
    const list = required("steps", STEPS) ?? [];
    const steps = list.map((step, i) => checkedStep(parser, step, `${prefix}steps[${i}]`, i === 0));
    return { kind, steps, ...(gap !== undefined && { max_gap: gap }), ...times };
  }
  const event = pattern("event");
  if (kind === "absence")
    return { kind, event, ...(given["after"] !== undefined && { after: pattern("after") }), ...times };
  const minimum = required("at_least", kind === "count" ? COUNT : DISTINCT) ?? 0;
  if (kind === "count") return { kind, event, at_least: minimum, ...times };
  return { kind, field: required("field", FIELD) ?? "", event, at_least: minimum, ...times };
}

function checkedStep(parser: Parser, given: unknown, place: string, isFirst: boolean): SequenceStep {
  if (!isObject(given))
    return { event: parser.problem(place, given, "be an object with event and without") ?? "" };
  parser.refuseUnknown(`${place}.`, given, isFirst ? ["event"] : ["event", "without"]);
  const event = checkedPattern(parser, given["event"], `${place}.event`);
  if (isFirst) return { event };
  const without = parser
    .optional(`${place}.without`, given["without"], WITHOUT)
    ?.map((each, i) => checkedPattern(parser, each, `${place}.without[${i}]`));
  return without === undefined ? { event } : { event, without };
}

function itemsOf(value: unknown, max: number): readonly unknown[] | undefined {
  return Array.isArray(value) && value.length > 0 && value.length <= max ? value : undefined;
}

const MAX_CONDITIONS = 50;
const MAX_VALUES = 1_000;
const MAX_CHARACTERS = 1_000;

const TYPE: Check<string> = {
  must: `be a non-empty string of at most ${MAX_CHARACTERS} characters`,
  read: (value) =>
    (nonEmpty.read(value)?.length ?? Infinity) > MAX_CHARACTERS ? undefined : nonEmpty.read(value),
};
const CONDITIONS: Check<readonly unknown[]> = {
  must: `be an array of at most ${MAX_CONDITIONS} conditions, such as [{ field: "labels.region", is: "=", value: "eu" }]`,
  read: (value) => (Array.isArray(value) && value.length <= MAX_CONDITIONS ? value : undefined),
};
const OPERATOR = oneOf("=", "!=", "<", "<=", ">", ">=", "=~", "!~", "in", "exists");
const NUMBER = number("be a finite number", -Number.MAX_VALUE);
const VALUE: Check<FieldValue> = {
  must: `be a string of at most ${MAX_CHARACTERS} characters, a finite number, true or false`,
  read(value) {
    if (typeof value === "string") return value.length <= MAX_CHARACTERS ? value : undefined;
    return typeof value === "boolean" ? value : NUMBER.read(value);
  },
};
const VALUES: Check<readonly FieldValue[]> = {
  must: `be an array of 1 to ${MAX_VALUES} strings, numbers or booleans`,
  read(value) {
    if (!Array.isArray(value) || value.length === 0 || value.length > MAX_VALUES) return undefined;
    const values = value.map((each) => VALUE.read(each));
    return values.every((each) => each !== undefined) ? values : undefined;
  },
};
const EXPRESSION: Check<string> = {
  must: "be a regular expression, as a string",
  read: (value) => (typeof value === "string" ? value : undefined),
};

/** Checks an event. Adds problems to `parser`; returns its canonical form, or any other if it is invalid. */
function checkedPattern(parser: Parser, given: unknown, place: string): EventPattern {
  if (typeof given === "string") return { type: parser.checked(place, given, TYPE) ?? "" };
  if (!isObject(given)) {
    parser.problem(place, given, "be the type of an event, or an object with its type and conditions");
    return {};
  }
  parser.refuseUnknown(`${place}.`, given, ["type", "where"]);
  const type = parser.optional(`${place}.type`, given["type"], TYPE);
  const where = parser
    .optional(`${place}.where`, given["where"], CONDITIONS)
    ?.map((each, i) => checkedCondition(parser, each, `${place}.where[${i}]`))
    .filter((each) => each !== undefined);
  return {
    ...(type !== undefined && { type }),
    ...(where !== undefined && where.length > 0 && { where }),
  };
}

function checkedCondition(parser: Parser, given: unknown, place: string): EventCondition | undefined {
  if (!isObject(given)) return parser.problem(place, given, "be an object with field, is and value");
  const field = parser.checked(`${place}.field`, given["field"], FIELD);
  const is = parser.checked(`${place}.is`, given["is"], OPERATOR);
  if (is === undefined) return undefined;
  parser.refuseUnknown(`${place}.`, given, ["field", "is", ...(is === "exists" ? [] : ["value"])]);
  const compared = <Is extends string, T>(operator: Is, check: Check<T>): Compared<Is, T> | undefined => {
    const value = parser.checked(`${place}.value`, given["value"], check);
    return field === undefined || value === undefined ? undefined : { field, is: operator, value };
  };
  switch (is) {
    case "exists":
      return field === undefined ? undefined : { field, is };
    case "in":
      return compared(is, VALUES);
    case "=":
    case "!=":
      return compared(is, VALUE);
    case "=~":
    case "!~": {
      const condition = compared(is, EXPRESSION);
      const found = condition && problemOfPattern(condition.value);
      if (found !== undefined)
        parser.problem(
          `${place}.value`,
          given["value"],
          `be a valid regular expression (${found.problem}): ${found.remedy}`,
        );
      return condition;
    }
    case "<":
    case "<=":
    case ">":
    case ">=":
      return compared(is, NUMBER);
    default:
      return is satisfies never;
  }
}
