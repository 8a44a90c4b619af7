import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import type { Rule } from "../../../src/alerts/rules/rule.ts";
import { parse } from "../../../src/query/index.ts";

const DOCS = join(import.meta.dirname, "../../../docs");
// In the sources, and not in the documents yet.
const NEW = [
  "alerts.notifications.failed",
  "alerts.rule.failures",
  "process.unix.file_descriptor.limit",
  "v8js.memory.external",
  "v8js.memory.heap.retained",
  "v8js.memory.heap.size_limit",
  "telemetry.group.report.age",
];
const SUFFIX = /^(?:_(?:ratio|bytes|seconds))?(?:_(?:total|bucket|count|sum))?$/;

test("the monitors use documented metrics only, by their names in Prometheus", () => {
  const documented = ["metrics.md", "instrumentations.md", "host.md"]
    .map((file) => readFileSync(join(DOCS, file), "utf8"))
    .flatMap((text) => [...text.matchAll(/`([a-z\d_]+(?:\.[a-z\d_]+)+)`/g)].map(([, name = ""]) => name));
  const known = new Set([...documented, ...NEW].map((name) => name.replaceAll(".", "_")));
  const rules = monitorGroups().flatMap((group): readonly Rule[] => group.rules);
  const recorded = new Set(rules.flatMap((rule) => ("record" in rule ? [rule.record] : [])));
  const names = new Set(rules.flatMap(({ expr }) => namesIn(parse(expr))));
  expect(names.size).toBeGreaterThan(40);
  for (const name of names) {
    if (recorded.has(name)) continue;
    const isKnown = [...known].some((base) => name.startsWith(base) && SUFFIX.test(name.slice(base.length)));
    expect([name, isKnown]).toEqual([name, true]);
  }
});

/** Names of the metrics that an expression selects. */
function namesIn(node: unknown): readonly string[] {
  if (typeof node !== "object" || node === null) return [];
  const inner = Object.values(node).flatMap(namesIn);
  return "kind" in node && node.kind === "selector" && "name" in node && typeof node.name === "string"
    ? [node.name, ...inner]
    : inner;
}
