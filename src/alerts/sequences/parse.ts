import { Parser } from "../../options/parser.ts";
import { show } from "../../diagnostics/show.ts";
import { checkedSequence } from "./check-sequence.ts";
import type { EventSequence } from "./rule.ts";
import { SequenceError } from "./sequence-error.ts";
import { readSequence } from "./syntax.ts";

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
  const [problem] = parser.problems;
  if (sequence !== undefined && problem === undefined) return sequence;
  const { name = "", must = "be a sequence", value } = problem ?? {};
  throw new SequenceError(`${name} must ${must}, got ${show(value, name)}`);
}
