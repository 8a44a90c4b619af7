// The grammar of sequences.
import type { EventCondition, EventPattern, EventSequence, FieldValue, SequenceStep } from "./rule.ts";
import type { SequenceError } from "./sequence-error.ts";
import { type Token, Tokens } from "./tokens.ts";

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
  const tokens = new Tokens(text.length > MAX_LENGTH ? "" : text);
  if (text.length > MAX_LENGTH)
    throw tokens.error(`the text is longer than ${MAX_LENGTH} characters`, "write a shorter one", 0);
  const sequence = readForm(tokens);
  const by = readKey(tokens);
  if (tokens.token.kind !== "end")
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
  while (tokens.acceptWords("followed", "by")) steps.push(readStep(tokens));
  if (steps.length === 1)
    throw tokens.unexpected(
      '"followed by" or "not followed by"',
      "write a followed by b within 5m, a not followed by b within 5m, absent a for 5m, or count a >= 3 within 5m",
    );
  const within = readWithin(tokens);
  if (!tokens.acceptWords("max", "gap")) return { kind: "sequence", steps, within };
  return { kind: "sequence", steps, within, max_gap: readDuration(tokens) };
}

function readStep(tokens: Tokens): SequenceStep {
  const event = readEvent(tokens);
  if (!tokens.acceptWords("without")) return { event };
  const without = [readEvent(tokens)];
  while (tokens.accept(",")) without.push(readEvent(tokens));
  return { event, without };
}

function readKey(tokens: Tokens): readonly string[] | undefined {
  if (!tokens.acceptWords("by")) return undefined;
  const fields = [readField(tokens)];
  while (tokens.accept(",")) fields.push(readField(tokens));
  return fields;
}

function readEvent(tokens: Tokens): EventPattern {
  const isAny = tokens.accept("*");
  const type = isAny ? undefined : textOf(tokens.token);
  if (!isAny) {
    if (type === undefined)
      throw tokens.unexpected(
        "the type of an event",
        "write a type such as order.created, or * for any type",
      );
    tokens.advance();
  }
  const where = readConditions(tokens);
  return { ...(type !== undefined && { type }), ...(where !== undefined && { where }) };
}

function readConditions(tokens: Tokens): readonly EventCondition[] | undefined {
  if (!tokens.accept("{")) return undefined;
  if (tokens.accept("}")) return undefined;
  const conditions = [readCondition(tokens)];
  while (tokens.accept(",")) conditions.push(readCondition(tokens));
  tokens.expect("}", "write a comma before a further condition, or } at the end");
  return conditions;
}

function readCondition(tokens: Tokens): EventCondition {
  const field = readField(tokens);
  if (tokens.acceptWords("exists")) return { field, is: "exists" };
  if (tokens.acceptWords("in")) {
    tokens.expect("(", 'write the values in parentheses, such as in ("a", "b")');
    const value = [readValue(tokens)];
    while (tokens.accept(",")) value.push(readValue(tokens));
    tokens.expect(")", "write a comma before a further value, or ) at the end");
    return { field, is: "in", value };
  }
  const { kind } = tokens.token;
  switch (kind) {
    case "=":
    case "!=":
      tokens.advance();
      return { field, is: kind, value: readValue(tokens) };
    case "<":
    case "<=":
    case ">":
    case ">=":
      tokens.advance();
      return { field, is: kind, value: readNumber(tokens) };
    case "=~":
    case "!~":
      tokens.advance();
      return { field, is: kind, value: readString(tokens) };
    default:
      throw tokens.unexpected(
        "an operator",
        "write one of =, !=, <, <=, >, >=, =~, !~, in or exists after the field",
      );
  }
}

function readField(tokens: Tokens): string {
  const field = textOf(tokens.token);
  if (field === undefined)
    throw tokens.unexpected("a field", "write a field such as source, labels.order or data.user.id");
  tokens.advance();
  return field;
}

function readValue(tokens: Tokens): FieldValue {
  const { token } = tokens;
  if (token.kind === "string") return readString(tokens);
  if (token.kind === "number" || token.kind === "-") return readNumber(tokens);
  if (tokens.acceptWords("true")) return true;
  if (tokens.acceptWords("false")) return false;
  throw tokens.unexpected("a value", 'write a text in quotes such as "paid", a number, true or false');
}

function readString(tokens: Tokens): string {
  const { token } = tokens;
  if (token.kind !== "string") throw tokens.unexpected("a text", 'write it in quotes, such as "paid"');
  tokens.advance();
  return token.text;
}

function readNumber(tokens: Tokens): number {
  const sign = tokens.accept("-") ? -1 : 1;
  const { token } = tokens;
  if (token.kind !== "number" || token.isDuration)
    throw tokens.unexpected("a number", "write a number such as 100 or 0.5");
  tokens.advance();
  // Without a negative zero.
  return token.value === 0 ? 0 : sign * token.value;
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
  const { token } = tokens;
  if (token.kind !== "number" || !token.isDuration) throw noDuration(tokens);
  tokens.advance();
  return token.value;
}

function noDuration(tokens: Tokens): SequenceError {
  return tokens.unexpected("a duration", "write a duration with its unit, such as 30s, 5m or 1h30m");
}

function textOf(token: Token): string | undefined {
  return token.kind === "word" || token.kind === "string" ? token.text : undefined;
}
