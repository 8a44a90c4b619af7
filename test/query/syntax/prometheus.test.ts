import fc from "fast-check";
import { expect, test } from "vitest";
import type { Expression } from "../../../src/query/expression.ts";
import { QueryError } from "../../../src/query/query-error.ts";
import { treeDocument } from "../../../src/query/http/tree-document.ts";
import { format } from "../../../src/query/syntax/format.ts";
import { parse } from "../../../src/query/syntax/parse.ts";
import { isLong } from "../../kit/test-length.ts";
import { withoutNewFields } from "../differential/changed-since-3-5.ts";
import { queryEngine } from "../../servers/query-engines.ts";
import { ACCEPTED, REFUSED } from "./expressions.ts";
import { mutated } from "./mutated.ts";

const SAMPLE = "# TYPE x gauge\nx 1 1700000000\n# EOF\n";

test("the real Prometheus accepts and refuses the same, with the same trees and texts", async (context) => {
  const url = await queryEngine(context, "Prometheus 3", SAMPLE);
  for (const text of [...ACCEPTED, ...REFUSED]) {
    if (isSame(text)) await expectSame(url, text);
  }
  await fc.assert(
    fc.asyncProperty(mutated(fc, [...ACCEPTED, ...ACCEPTED, ...REFUSED]), async (text) => {
      fc.pre(isSame(text));
      await expectSame(url, text);
    }),
    { numRuns: isLong ? 20_000 : 400 },
  );
});

// Differences that are meant. Prometheus reads an `e` as second digit of a hexadecimal number as an exponent, and any
// letter within brackets as a colon. It takes NaN as an offset, and refuses a comment directly after a bracket. It holds
// bytes that are not UTF-8. It does not know `holt_winters`.
const DIFFERENT = [
  /0x_?[\da-f]e/i,
  /offset[\s+-]*nan/i,
  /\[\s*#/,
  /\[[^\]]*[^\w.][a-z_]/i,
  /\\(?:x[89a-f]|[23]\d\d)/i,
  /holt_winters|double_exponential_smoothing/,
  // Prometheus 3.5 has arithmetic of durations by a feature flag, and then another tree of it.
  /\[[^\]]*(?:[\w.)]\s*[-+*/%^]|\()/,
  /offset[\s+-]*(?:\(|[-+]\s*[-+])/i,
  /first_over_time/,
];

function isSame(text: string): boolean {
  return DIFFERENT.every((pattern) => !pattern.test(text));
}

async function expectSame(url: string, text: string): Promise<void> {
  const theirs = await asked(url, "parse_query", text);
  const ours = parsed(text);
  const tree = ours instanceof QueryError ? undefined : withoutNewFields(treeDocument(ours, text));
  const isRefused = theirs.status !== "success";
  expect([text, ours instanceof QueryError, tree]).toEqual([text, isRefused, theirs.data]);
  if (ours instanceof QueryError) return;
  const formatted = await asked(url, "format_query", text);
  cutDurations(ours);
  expect([text, format(ours)]).toEqual([text, expectedText(text, String(formatted.data), ours)]);
}

// Prometheus cuts the seconds of a duration to nanoseconds and then to milliseconds, and so prints 6 for the 7 of
// `21y2w3d4h5m6s7ms`.
function cutDurations(part: unknown): void {
  if (typeof part !== "object" || part === null) return;
  if ("isDuration" in part && part.isDuration === true && "value" in part && typeof part.value === "number")
    Reflect.set(part, "value", Math.trunc(Math.trunc(part.value * 1e9) / 1e6) / 1e3);
  for (const each of Object.values(part)) cutDurations(each);
}

// Prometheus prints long texts on several lines. It keeps names in braces, loses quotes and clauses of matchings, and
// prints `+Inf ^ x`, which means another tree.
function expectedText(text: string, formatted: string, tree: Expression): string {
  const isOther = /\n|__name__=/.test(formatted) || /\bon\b|ignoring|inf\s*\^/i.test(text);
  return isOther ? format(tree) : formatted;
}

function parsed(text: string): Expression | QueryError {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
}

interface Answer {
  readonly status: string;
  readonly data?: unknown;
}

async function asked(url: string, path: string, query: string): Promise<Answer> {
  const body = new URLSearchParams({ query });
  const response = await fetch(`${url}/api/v1/${path}`, { method: "POST", body });
  const answer: Answer = JSON.parse(await response.text());
  return answer;
}
