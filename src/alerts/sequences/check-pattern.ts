// Checks of the events of a sequence, with their conditions.
import { type Check, isObject, number, oneOf, text } from "../../options/check.ts";
import type { Parser } from "../../options/parser.ts";
import { problemOfPattern } from "../../query/syntax/pattern.ts";
import { FIELD } from "./field.ts";
import type { Compared, EventCondition, EventPattern, FieldValue } from "./rule.ts";

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
const EXPRESSION: Check<string> = {
  must: "be a regular expression, as a string",
  read: (value) => (typeof value === "string" ? value : undefined),
};

/** Checks an event. Adds problems to `parser`; returns its canonical form, or any other if it is invalid. */
export function checkedPattern(parser: Parser, given: unknown, place: string): EventPattern {
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
