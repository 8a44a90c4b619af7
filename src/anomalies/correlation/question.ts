// Source and times of questions.
import { unixMillisFrom } from "../../events/time.ts";
import { type Check, withMethods } from "../../options/check.ts";
import type { Parser } from "../../options/parser.ts";
import type { Time } from "../../query/evaluation/query.ts";
import type { Source } from "../../query/source.ts";

/** A source of samples. */
export const SOURCE: Check<Source> = withMethods("be a source of samples, such as a History", "select");

const TIME: Check<number> = {
  must: "be a Date, an ISO 8601 string or Unix seconds",
  read: (time) => unixMillisFrom(time),
};

/** Range of time of a question, in Unix milliseconds. */
interface Times {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** Reads `from` and `to`. Reports a problem if `to` is not after `from`. */
export function timesOf(parser: Parser, question: { readonly from: Time; readonly to: Time }): Times {
  const from = parser.checked("from", question.from, TIME);
  const to = parser.checked("to", question.to, TIME);
  if (from !== undefined && to !== undefined && from >= to)
    parser.problem("to", question.to, "be after from");
  return { from, to };
}
