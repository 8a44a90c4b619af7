import { expect, test } from "vitest";
import { FUNCTION_NAMES, isExperimental, signatureOf } from "../../../src/query/function-signatures.ts";
import { explain, query, QueryError } from "../../../src/query/index.ts";
import { seriesFrom } from "../../../src/testing/rule-tests/series-notation.ts";
import { MemorySource } from "../kit/memory-source.ts";

const source = new MemorySource([seriesFrom("x", "1 2 4", 60_000, 60_000)]);
const ARGUMENTS = { scalar: "0.5", string: '"label"', vector: "x", matrix: "x[5m]" };

test.each(FUNCTION_NAMES)("function %s is evaluated and explained", async (name) => {
  const { args } = signatureOf(name);
  const given = args.map((type, i) => (name === "info" && i === 1 ? "{}" : ARGUMENTS[type]));
  const expression = `${name}(${given.join(", ")})`;
  const experimental = isExperimental(name);
  expect(explain(expression, { experimental })).not.toBe("");
  // Some refuse these arguments.
  const outcome = query(expression, { source, time: 180, experimental }).catch((error: unknown) => error);
  expect(await outcome).toSatisfy(
    (result) => !(result instanceof Error) || result instanceof QueryError,
    "a result, or a problem of the expression",
  );
});
