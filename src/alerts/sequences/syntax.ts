// The grammar of sequences.
import type { EventCondition, EventPattern, EventSequence, FieldValue, SequenceStep } from "./rule.ts";
import { SequenceError, Tokens } from "./tokens.ts";

// Far more than ten steps with their conditions need.
const MAX_LENGTH = 20_000;

/**
 * Parses the text of a sequence, without checks of its values. Throws a `SequenceError`.
 *
 * ```
 * sequence  = event then { then } "within" duration [ "max" "gap" duration ] [ key ]
 *           | event "not" "followed" "by" event "within" duration [ key ]
 *           | "absent" event "for" duration [ key ]
 *           | "count" event ">=" number "within" duration [ key ]
 *           | "distinct" field "of" event ">=" number "within" duration [ key ]
 * then      = "followed" "by" event [ "without" event { "," event } ]
 * key       = "by" field { "," field }
 * event     = ( type | "*" ) [ "{" condition { "," condition } "}" ]
 * condition = field ( "=" | "!=" ) value | field ( "<" | "<=" | ">" | ">=" ) number
 *           | field ( "=~" | "!~" ) string | field "in" "(" value { "," value } ")" | field "exists"
 * type, field = word | string          value = string | number | "true" | "false"
 * ```
 */
export function readSequence(text: string): EventSequence {
  if (text.length > MAX_LENGTH)
    throw SequenceError.at("", 0, `the text is longer than ${MAX_LENGTH} characters`, "write a shorter one");
  const tokens = new Tokens(text);
  const sequence = readForm(tokens);
  const by = tokens.acceptWords("by") ? readList(tokens, readField) : undefined;
  if (tokens.kind !== "end")
    throw tokens.unexpected(
      by === undefined ? '"by" or the end of the text' : '"," or the end of the text',
      "write by and the fields of the key, such as by labels.order, or remove it",
    );
  return by === undefined ? sequence : { ...sequence, by };
}

function readForm(tokens: Tokens): EventSequence {
  if (tokens.acceptWords("absent")) {
    const event = readEvent(tokens);
    tokens.expectWord("for", "write the time, such as for 5m");
    return { kind: "absence", event, within: readDuration(tokens) };
  }
  if (tokens.acceptWords("count")) {
    const event = readEvent(tokens);
    return { kind: "count", event, at_least: readMinimum(tokens), within: readWithin(tokens) };
  }
  if (tokens.acceptWords("distinct")) {
    const field = readField(tokens);
    tokens.expectWord("of", "write the event, such as distinct data.ip of login.failed >= 5 within 10m");
    const event = readEvent(tokens);
    return { kind: "distinct", field, event, at_least: readMinimum(tokens), within: readWithin(tokens) };
  }
  const first = readEvent(tokens);
  if (tokens.acceptWords("not", "followed", "by")) {
    const event = readEvent(tokens);
    return { kind: "absence", after: first, event, within: readWithin(tokens) };
  }
  const steps: SequenceStep[] = [{ event: first }];
  while (tokens.acceptWords("followed", "by")) {
    const event = readEvent(tokens);
    steps.push(tokens.acceptWords("without") ? { event, without: readList(tokens, readEvent) } : { event });
  }
  if (steps.length === 1)
    throw tokens.unexpected(
      '"followed by" or "not followed by"',
      "write a followed by b within 5m, a not followed by b within 5m, absent a for 5m, or count a >= 3 within 5m",
    );
  const within = readWithin(tokens);
  if (!tokens.acceptWords("max", "gap")) return { kind: "sequence", steps, within };
  return { kind: "sequence", steps, within, max_gap: readDuration(tokens) };
}

function readEvent(tokens: Tokens): EventPattern {
  const isAny = tokens.accept("*") !== undefined;
  const remedy = "write a type such as order.created, or * for any type";
  const type = isAny ? undefined : tokens.text(["word", "string"], "the type of an event", remedy);
  const event = type === undefined ? {} : { type };
  if (tokens.accept("{") === undefined || tokens.accept("}") !== undefined) return event;
  const where = readList(tokens, readCondition);
  tokens.expect("}", "write a comma before a further condition, or } at the end");
  return { ...event, where };
}

function readCondition(tokens: Tokens): EventCondition {
  const field = readField(tokens);
  if (tokens.acceptWords("exists")) return { field, is: "exists" };
  if (tokens.acceptWords("in")) {
    tokens.expect("(", 'write the values in parentheses, such as in ("a", "b")');
    const value = readList(tokens, readValue);
    tokens.expect(")", "write a comma before a further value, or ) at the end");
    return { field, is: "in", value };
  }
  const equal = tokens.accept("=", "!=");
  if (equal !== undefined) return { field, is: equal, value: readValue(tokens) };
  const compared = tokens.accept("<", "<=", ">", ">=");
  if (compared !== undefined) return { field, is: compared, value: readNumber(tokens) };
  const matched = tokens.accept("=~", "!~");
  if (matched !== undefined) return { field, is: matched, value: readString(tokens) };
  throw tokens.unexpected(
    "an operator",
    "write one of =, !=, <, <=, >, >=, =~, !~, in or exists after the field",
  );
}

function readList<T>(tokens: Tokens, read: (tokens: Tokens) => T): readonly T[] {
  const list = [read(tokens)];
  while (tokens.accept(",") !== undefined) list.push(read(tokens));
  return list;
}

function readField(tokens: Tokens): string {
  const remedy = "write a field such as source, labels.order or data.user.id";
  return tokens.text(["word", "string"], "a field", remedy);
}

function readValue(tokens: Tokens): FieldValue {
  if (tokens.kind === "string") return readString(tokens);
  if (tokens.kind === "number" || tokens.kind === "duration" || tokens.kind === "-")
    return readNumber(tokens);
  if (tokens.acceptWords("true")) return true;
  if (tokens.acceptWords("false")) return false;
  throw tokens.unexpected("a value", 'write a text in quotes such as "paid", a number, true or false');
}

function readString(tokens: Tokens): string {
  return tokens.text(["string"], "a text", 'write it in quotes, such as "paid"');
}

function readNumber(tokens: Tokens): number {
  const sign = tokens.accept("-") === undefined ? 1 : -1;
  // Without a negative zero.
  return sign * tokens.number("number", "a number", "write a number such as 100 or 0.5") || 0;
}

function readMinimum(tokens: Tokens): number {
  tokens.expect(">=", "write the minimum number of events, such as >= 5");
  return readNumber(tokens);
}

function readWithin(tokens: Tokens): number {
  tokens.expectWord("within", "write the time, such as within 5m");
  return readDuration(tokens);
}

function readDuration(tokens: Tokens): number {
  return tokens.number("duration", "a duration", "write a duration with its unit, such as 30s, 5m or 1h30m");
}
