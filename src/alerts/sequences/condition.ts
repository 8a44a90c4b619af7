// Conditions of a rule, compiled to tests of events.
import type { TelemetryEvent } from "../../events/event.ts";
import { textTest } from "../../query/evaluation/regular-expression.ts";
import { type FieldReader, fieldReader } from "./field.ts";
import type { EventCondition, EventPattern, FieldValue } from "./rule.ts";

/** A pattern of a rule, compiled. */
export interface CompiledPattern {
  /** Types of the events that can match; `undefined` for all types. */
  readonly types: readonly string[] | undefined;
  /** Whether the conditions hold. The type is tested, too. A getter of the data may throw. */
  matches(event: TelemetryEvent): boolean;
}

// A test remembers the texts that it has seen.
const MAX_TESTED_CHARACTERS = 1_000;

/** Compiles a checked pattern. */
export function compiledPattern(given: string | EventPattern): CompiledPattern {
  const { type, where = [] } = typeof given === "string" ? { type: given } : given;
  const tests = where.map(testOf);
  return {
    types: type === undefined ? typesOf(where) : [type],
    matches: (event) => {
      if (type !== undefined && event.event_type !== type) return false;
      for (const test of tests) if (!test(event)) return false;
      return true;
    },
  };
}

function typesOf(conditions: readonly EventCondition[]): readonly string[] | undefined {
  for (const condition of conditions) {
    if (condition.field !== "type") continue;
    if (condition.is === "=") return [String(condition.value)];
    if (condition.is === "in") return condition.value.map(String);
  }
  return undefined;
}

function testOf(condition: EventCondition): (event: TelemetryEvent) => boolean {
  const read = fieldReader(condition.field);
  switch (condition.is) {
    case "exists":
      return (event) => read(event) !== undefined;
    case "in": {
      const texts = new Set(condition.value.map(String));
      return (event) => {
        const value = read(event);
        return value !== undefined && texts.has(String(value));
      };
    }
    case "=":
      return equalTo(read, condition.value);
    case "!=": {
      const isEqual = equalTo(read, condition.value);
      return (event) => !isEqual(event);
    }
    case "=~":
      return matching(read, condition.value);
    case "!~": {
      const isMatch = matching(read, condition.value);
      return (event) => !isMatch(event);
    }
    case "<":
    case "<=":
    case ">":
    case ">=":
      return comparing(read, condition.is, condition.value);
    default:
      return condition satisfies never;
  }
}

function equalTo(read: FieldReader, wanted: FieldValue): (event: TelemetryEvent) => boolean {
  const text = String(wanted);
  return (event) => {
    const value = read(event);
    return value === wanted || (value !== undefined && String(value) === text);
  };
}

function matching(read: FieldReader, pattern: string): (event: TelemetryEvent) => boolean {
  const test = textTest(pattern);
  return (event) => {
    const value = read(event);
    if (value === undefined) return false;
    const text = String(value);
    return text.length <= MAX_TESTED_CHARACTERS && test(text);
  };
}

function comparing(
  read: FieldReader,
  operator: "<" | "<=" | ">" | ">=",
  limit: number,
): (event: TelemetryEvent) => boolean {
  const compare = {
    "<": (value: number) => value < limit,
    "<=": (value: number) => value <= limit,
    ">": (value: number) => value > limit,
    ">=": (value: number) => value >= limit,
  }[operator];
  return (event) => {
    const value = read(event);
    if (typeof value === "number") return compare(value);
    // The text of a number, as labels have it.
    return typeof value === "string" && value.trim() !== "" && compare(Number(value));
  };
}
