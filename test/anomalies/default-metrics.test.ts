// Names of the metrics that are watched by default, compared with the documented ones.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DEFAULT_GROUPS, defaultRank } from "../../src/anomalies/series/default-metrics.ts";

// Parts of names by other instrumentations.
const UNDOCUMENTED = /\((rpc|dns|size)\)/;

/** The pattern, with each one of its alternatives in turn. */
function* choices(pattern: string): Generator<string> {
  yield pattern;
  for (let begin = pattern.indexOf("("); begin >= 0; begin = pattern.indexOf("(", begin + 1)) {
    const alternatives = [""];
    let depth = 0;
    let end = begin;
    do {
      const character = pattern.charAt(end++);
      if (character === ")") depth--;
      if (depth === 1 && character === "|") alternatives.push("");
      else if (depth > 0) alternatives.push(`${alternatives.pop()}${character}`);
      if (character === "(") depth++;
    } while (depth > 0 && end < pattern.length);
    for (const each of alternatives) yield `${pattern.slice(0, begin)}(${each})${pattern.slice(end)}`;
  }
}

test("each name that is watched by default is that of a documented metric", () => {
  const docs = join(import.meta.dirname, "../../docs");
  const names = ["metrics.md", "instrumentations.md"].flatMap((file) =>
    [...readFileSync(join(docs, file), "utf8").matchAll(/`([a-z0-9_.]+)`/g)].map(([, name = ""]) =>
      name.replaceAll(".", "_"),
    ),
  );
  const patterns = DEFAULT_GROUPS.flat().flatMap((pattern) => [...choices(pattern)]);
  expect(patterns.length).toBeGreaterThan(60);
  const unknown = patterns.filter(
    (pattern) =>
      !UNDOCUMENTED.test(pattern) && !names.some((name) => new RegExp(`^(${pattern})(_[a-z]+)*$`).test(name)),
  );
  expect(unknown).toEqual([]);
});

test("open files and dropped packets are watched by default", () => {
  expect(defaultRank("process_unix_file_descriptor_count")).toBe(6);
  expect(defaultRank("system_network_packet_dropped_total")).toBe(7);
});
