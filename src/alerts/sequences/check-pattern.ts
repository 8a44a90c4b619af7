// Checks of the events of a sequence, with their conditions.
import { type Check, isObject, number, oneOf, text } from "../../options/check.ts";
import type { Parser } from "../../options/parser.ts";
import { problemOfPattern } from "../../query/syntax/pattern.ts";
import { FIELD } from "./field.ts";
import type { EventCondition, EventPattern, FieldValue } from "./rule.ts";

const MAX_CONDITIONS = 50;
const MAX_VALUES = 1_000;
const MAX_CHARACTERS = 1_000;

const TYPE: Check<string> = {
  must: `be a non-empty string of at most ${MAX_CHARACTERS} characters`,
  read: (value) => ((text.read(value)?.length ?? Infinity) > MAX_CHARACTERS ? undefined : text.read(value)),
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

/** Checks an event. Adds problems to `parser`; returns its canonical form, or `undefined` if it is invalid. */
export function checkedPattern(parser: Parser, given: unknown, place: string): EventPattern | undefined {
  if (typeof given === "string") {
    const type = parser.checked(place, given, TYPE);
    return type === undefined ? undefined : { type };
  }
  if (!isObject(given))
    return parser.problem(place, given, "be the type of an event, or an object with its type and conditions");
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
  const operator = parser.checked(`${place}.is`, given["is"], OPERATOR);
  if (operator === undefined) return undefined;
  parser.refuseUnknown(`${place}.`, given, ["field", "is", ...(operator === "exists" ? [] : ["value"])]);
  const valueFrom = <T>(check: Check<T>): T | undefined =>
    parser.checked(`${place}.value`, given["value"], check);
  switch (operator) {
    case "exists":
      return field === undefined ? undefined : { field, is: operator };
    case "in": {
      const value = valueFrom(VALUES);
      return field === undefined || value === undefined ? undefined : { field, is: operator, value };
    }
    case "=":
    case "!=": {
      const value = valueFrom(VALUE);
      return field === undefined || value === undefined ? undefined : { field, is: operator, value };
    }
    case "=~":
    case "!~": {
      const value = checkedExpression(parser, given["value"], `${place}.value`);
      return field === undefined || value === undefined ? undefined : { field, is: operator, value };
    }
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const value = valueFrom(NUMBER);
      return field === undefined || value === undefined ? undefined : { field, is: operator, value };
    }
    default:
      return operator satisfies never;
  }
}

function checkedExpression(parser: Parser, given: unknown, place: string): string | undefined {
  if (typeof given !== "string") return parser.problem(place, given, "be a regular expression, as a string");
  const found = problemOfPattern(given);
  return found === undefined
    ? given
    : parser.problem(place, given, `be a valid regular expression (${found.problem}): ${found.remedy}`);
}
