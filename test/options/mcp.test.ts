import { expect, test } from "vitest";
import { readConfiguration } from "../../src/options/index.ts";

test.each([
  [true, {}, { silences: false }],
  [{ silences: true }, {}, { silences: true }],
  [undefined, { TACHYMETER_MCP: "true" }, { silences: false }],
  [false, { TACHYMETER_MCP: "true" }, undefined],
])("option mcp %j with variables %j is %j, and turns on the page", (mcp, environment, expected) => {
  const configuration = readConfiguration({ mcp }, environment);
  expect(configuration.problems).toEqual([]);
  expect(configuration.mcp).toEqual(expected);
  expect(configuration.page !== undefined && configuration.api).toBe(expected !== undefined);
});

test.each([
  [{ mcp: "yes" }, {}, "mcp"],
  [{ mcp: { silence: true } }, {}, "mcp.silence"],
  [{}, { TACHYMETER_MCP: "maybe" }, "TACHYMETER_MCP"],
])("options %j with variables %j are a problem", (options, environment, name) => {
  expect(readConfiguration(options, environment).problems.map((problem) => problem.name)).toEqual([name]);
});
