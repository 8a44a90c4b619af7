// Unit tests of rules in the format of `promtool test rules`.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { CATALOGUE } from "../../../src/alerts/monitors/monitor-groups.ts";
import { alertName } from "../../../src/alerts/monitors/monitor.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { neededProgram } from "../../servers/needs.ts";
import type { MonitorCase } from "./cases.ts";
import type { QuietCase } from "./quiet.ts";

/**
 * A file that tests each case: which alerts fire, with all their labels, at three times. The cases are jobs of one
 * Prometheus, since promtool evaluates all rules for each of its tests.
 */
export function testFileOf(rules: string, cases: readonly MonitorCase[]): string {
  return stringify(
    {
      rule_files: [rules],
      evaluation_interval: "1m",
      tests: [
        {
          interval: "1m",
          input_series: cases.flatMap(inputSeries),
          promql_expr_test: cases.flatMap((each) => {
            const { quiet, fires, clears } = minutesOf(each);
            const fired = [each.monitor, ...(each.also ?? [])].map((monitor) => ({
              labels: alertSeries(each, monitor),
              value: 1,
            }));
            return [firing(each, quiet, []), firing(each, fires, fired), firing(each, clears, [])];
          }),
        },
      ],
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

/** The input series of a case, whose name is their job: process `a` has the fault, process `b` has not. */
export function inputSeries(each: MonitorCase): readonly { series: string; values: string }[] {
  return Object.entries(each.series).flatMap(([selector, { faulty, healthy }]) => [
    { series: withProcess(selector, jobOf(each), "a"), values: faulty },
    { series: withProcess(selector, jobOf(each), "b"), values: healthy },
  ]);
}

/** Minutes at which nothing fires, the alert of a case fires, and nothing fires again. */
export function minutesOf({ minutes }: MonitorCase): NonNullable<MonitorCase["minutes"]> {
  return minutes ?? { quiet: 59, fires: 110, clears: 230 };
}

/** Name of a case: that of its monitor, and its labels. */
export function jobOf({ monitor, labels = {} }: MonitorCase): string {
  return [monitor, ...Object.values(labels)].join(" ");
}

/** Whether a case takes longer than four hours. */
export function lastsLong(each: MonitorCase): boolean {
  return minutesOf(each).clears > 240;
}

function firing(each: MonitorCase, minute: number, samples: readonly object[]): object {
  const expr = `ALERTS{alertstate="firing",job=${JSON.stringify(jobOf(each))}}`;
  return { expr, eval_time: `${minute}m`, exp_samples: samples };
}

function alertSeries(each: MonitorCase, monitor: string): string {
  const { labels = {}, isOfJob = false } = each;
  const known = [...CATALOGUE.values()].flat().find(({ name }) => name === monitor);
  if (known === undefined) throw new Error(`there is no monitor ${monitor}`);
  const all: Record<string, string | undefined> = {
    alertname: alertName(monitor),
    alertstate: "firing",
    severity: known.severities[0],
    job: jobOf(each),
    ...(!isOfJob && { instance: "a" }),
    ...labels,
  };
  const written = Object.entries(all).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `ALERTS{${written.join(",")}}`;
}

function withProcess(selector: string, job: string, instance: string): string {
  const [name = "", labels = ""] = selector.split(/[{}]/);
  const process = `job=${JSON.stringify(job)},instance="${instance}"`;
  return `${name}{${labels === "" ? process : `${process},${labels}`}}`;
}

/** A file that tests each quiet case: no alert fires at any other minute. Our engine evaluates each. */
export function quietFileOf(rules: string, cases: readonly QuietCase[]): string {
  return stringify(
    {
      rule_files: [rules],
      evaluation_interval: "2m",
      tests: [
        {
          interval: "1m",
          input_series: cases.flatMap(quietSeries),
          promql_expr_test: [
            {
              expr: `count by (alertname, job, instance) (max_over_time(ALERTS{alertstate="firing"}[4h]))`,
              eval_time: "239m",
              exp_samples: [],
            },
          ],
        },
      ],
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

/** The input series of a quiet case. */
export function quietSeries({ name, series }: QuietCase): readonly { series: string; values: string }[] {
  return Object.entries(series).flatMap(([selector, { faulty, healthy }]) => [
    { series: withProcess(selector, name, "a"), values: faulty },
    { series: withProcess(selector, name, "b"), values: healthy },
  ]);
}

/** The output of promtool if all tests pass. */
export const SUCCESS = /^Unit Testing: {2}tests.yml\n {2}SUCCESS\n/;

/** Runs tests of rules, and returns the output of promtool. */
export function promtool(rules: string, tests: string): string {
  const folder = newFolder("monitors");
  writeFileSync(join(folder, "rules.yml"), rules);
  writeFileSync(join(folder, "tests.yml"), tests);
  const { stdout, stderr } = spawnSync(neededProgram("promtool"), ["test", "rules", "tests.yml"], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  return stdout + stderr;
}
