import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { catalogue } from "../readers/prometheus/catalogue.ts";
import { needs } from "../servers/needs.ts";

const examples = join(import.meta.dirname, "..", "..", "examples");
const rules = readFileSync(join(examples, "prometheus-alerts.yml"), "utf8");
const ruleTests = readFileSync(join(examples, "prometheus-alerts.test.yml"), "utf8");
const alerts = [...rules.matchAll(/^ {6}- alert: (\S+)$/gm)].map(([, name]) => name!);

test("Prometheus accepts the alerting rules", (context) => {
  needs(context, "promtool");
  expect(promtool("check", "rules", "prometheus-alerts.yml")).toMatch(
    `SUCCESS: ${alerts.length} rules found`,
  );
});

test("every alert fires when it must, and not otherwise", (context) => {
  needs(context, "promtool");
  expect(promtool("test", "rules", "prometheus-alerts.test.yml")).toContain("SUCCESS");
});

test("every alert is shown firing and not firing, with a description of the problem", () => {
  const silent = ruleTests.slice(0, ruleTests.indexOf("telemetry that stops"));
  const firing = ruleTests.slice(silent.length);
  for (const name of alerts) {
    expect(silent).toContain(`alertname: ${name},`);
    expect(firing).toMatch(new RegExp(`alertname: ${name}\\n +eval_time: \\w+\\n +exp_alerts:`));
  }
  expect(rules.match(/^ {10}summary: ".+"$/gm)).toHaveLength(alerts.length);
  expect(rules.match(/^ {10}description: ".+"$/gm)).toHaveLength(alerts.length);
});

test("the alerts use existing metrics", () => {
  const known = new Set(catalogue.map(([, , , name]) => name));
  const asked = rules
    .match(/\b(?:telemetry|coordination|messages?|health|kernel)_\w+(?=[[{ )]|$)/gm)!
    .filter((name) => !["health_component", "kernel_id"].includes(name));
  expect(asked.length).toBeGreaterThan(alerts.length);
  for (const name of asked)
    expect(known).toContain(name.replace(/_(?:bucket|count)$/, (suffix) => (known.has(name) ? suffix : "")));
});

function promtool(...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync("promtool", args, { cwd: examples, encoding: "utf8" });
  return stdout + stderr;
}
