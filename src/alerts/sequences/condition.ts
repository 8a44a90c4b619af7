// Conditions of a rule, compiled to tests of events.
import type { TelemetryEvent } from "../../events/event.ts";
import { textTest } from "../../query/evaluation/regular-expression.ts";
import { fieldReader } from "./field.ts";
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
  const tests = where.map((condition) => ({ read: fieldReader(condition.field), test: testOf(condition) }));
  return {
    types: type === undefined ? typesOf(where) : [type],
    matches: (event) => {
      if (type !== undefined && event.event_type !== type) return false;
      for (const { read, test } of tests) if (!test(read(event))) return false;
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

type Test = (value: FieldValue | undefined) => boolean;

function testOf(condition: EventCondition): Test {
  switch (condition.is) {
    case "exists":
      return (value) => value !== undefined;
    case "in": {
      const texts = new Set(condition.value.map(String));
      return (value) => value !== undefined && texts.has(String(value));
    }
    case "=":
      return equalTo(condition.value);
    case "!=":
      return not(equalTo(condition.value));
    case "=~":
      return matching(condition.value);
    case "!~":
      return not(matching(condition.value));
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const { is, value: limit } = condition;
      const isBelow = is === "<" || is === "<=";
      const isEqualEnough = is === "<=" || is === ">=";
      return (value) => {
        const number = numberOf(value);
        return number === limit ? isEqualEnough : isBelow ? number < limit : number > limit;
      };
    }
    default:
      return condition satisfies never;
  }
}

function not(test: Test): Test {
  return (value) => !test(value);
}

function equalTo(wanted: FieldValue): Test {
  const text = String(wanted);
  return (value) => value === wanted || (value !== undefined && String(value) === text);
}

function matching(pattern: string): Test {
  const test = textTest(pattern);
  return (value) => {
    const text = String(value);
    return value !== undefined && text.length <= MAX_TESTED_CHARACTERS && test(text);
  };
}

// A text of a number, as labels have it, is the number.
function numberOf(value: FieldValue | undefined): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}
