// Files that others write: their size decides how long they take.
import { setImmediate as turn } from "node:timers/promises";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Silences } from "../../src/alerts/delivery/routing/silences.ts";
import { RuleEngine } from "../../src/alerts/evaluation/rule-engine.ts";
import type { CheckedGroup } from "../../src/alerts/rules/checked-group.ts";
import { MemorySeries } from "../../src/testing/rule-tests/memory-series.ts";
import { newFolder } from "../kit/new-folder.ts";
import { isLong } from "../kit/test-length.ts";
import { configurationFile } from "../../src/configuration/configuration-file.ts";
import { ruleFileFrom } from "../../src/alerts/rules/rule-file.ts";
import { sequenceFileFrom } from "../../src/alerts/sequences/rule-file.ts";
import { allSteps, inSlices } from "../../src/io/yield.ts";
import { processorMicros } from "../kit/processor-time.ts";

const SHORT = "below 50 ms";
const BYTES = isLong ? 8_192 : 4_096;
const PARSERS = {
  configuration: (text: string) => configurationFile("otel.yaml", text, {}),
  rules: (text: string) => ruleFileFrom("rules.yml", text),
  sequences: (text: string) => sequenceFileFrom("sequences.yml", text),
};

const repeated = (count: number, line: (i: number) => string): string =>
  Array.from({ length: Math.floor(count) }, (_, i) => line(i)).join("");

/** Files of about `bytes`. */
const GROWING: Readonly<Record<string, (bytes: number) => string>> = {
  aliases: (bytes) => `a: &a 1\nb:\n${repeated(bytes / 7, () => "  - *a\n")}`,
  "anchors and aliases": (bytes) => `b:\n${repeated(bytes / 20, (i) => `  - &b${i} x\n  - *b${i}\n`)}`,
  "merged keys": (bytes) =>
    `x: &x { a: 1, b: 2 }\ny:\n${repeated(bytes / 20, () => "  - { <<: *x, c: 1 }\n")}`,
  "keys of the file": (bytes) => repeated(bytes / 9, (i) => `k${i}: 1\n`),
  "keys in braces": (bytes) => `a: {${repeated(bytes / 9, (i) => `k${i}: 1, `)}}`,
  "one long key": (bytes) => `? ${"k_".repeat(bytes / 2)}\n: 1\n`,
  "one long key with dots": (bytes) => `distribution: { tachymeter: { ? ${"k.".repeat(bytes / 2)} : 1 } }\n`,
  "references without an end": (bytes) => `a: "${"${".repeat(bytes / 2)}"\n`,
  rules: (bytes) =>
    `groups:\n- name: g\n  rules:\n${repeated(bytes / 60, (i) => `  - alert: A${i}\n    expr: up{job="a"} > ${i}\n    for: 5m\n`)}`,
};

// Processor time, so that other processes do not count. The shortest of several runs. Quadratic time would be 16 times as
// long, and the rest is room for garbage collections.
function isLinear(
  parse: (text: string) => Iterator<unknown, unknown>,
  file: (bytes: number) => string,
): string {
  const micros = [Infinity, Infinity];
  const texts = [file(BYTES), file(4 * BYTES)];
  for (let run = 0; run < 15; run++) {
    for (const [i, text] of texts.entries()) {
      const before = process.cpuUsage();
      allSteps(parse(text));
      micros[i] = Math.min(micros[i]!, processorMicros(before));
    }
    if (run >= 2 && micros[1]! <= 8 * micros[0]!) return "linear";
  }
  return `${micros.join(" and ")} µs`;
}

test.each(Object.entries(PARSERS))(
  "four times the bytes of a file take at most 8 times the time: %s",
  (_, parse) => {
    for (const [kind, file] of Object.entries(GROWING))
      expect([kind, isLinear(parse, (bytes) => `file_format: "1.0"\n${file(bytes)}`)]).toEqual([
        kind,
        "linear",
      ]);
  },
  60_000,
);

interface Holds {
  readonly longest: number;
  readonly total: number;
}

// Processor time between two turns of the event loop, in milliseconds.
async function holdsOf(work: () => Promise<unknown>): Promise<Holds> {
  let [longest, total] = [0, 0];
  const state = { isOver: false };
  let before = process.cpuUsage();
  const working = work().then(() => (state.isOver = true));
  for (; !state.isOver; before = process.cpuUsage()) {
    await turn();
    const millis = processorMicros(before) / 1_000;
    longest = Math.max(longest, millis);
    total += millis;
  }
  await working;
  return { longest, total };
}

test.each([
  [
    "configuration",
    PARSERS.configuration,
    131_072,
    (bytes: number) =>
      `file_format: "1.0"\nresource:\n  attributes:\n${repeated(bytes / 40, (i) => `    - { name: attribute.${i}, value: v${i} }\n`)}`,
  ],
  ["rules", PARSERS.rules, 262_144, GROWING["rules"]!],
] as const)(
  "no turn of the event loop takes longer than 50 ms for a large file: %s",
  async (_, parse, bytes, file) => {
    const text = file(bytes);
    expect(await bestOf(() => inSlices<unknown>(parse(text)))).toEqual(SHORT);
  },
);

// The best of several runs. On a slow machine, each hold is at most a third of the work: it was sliced.
async function bestOf(work: (run: number) => Promise<unknown>): Promise<Holds | typeof SHORT> {
  let best: Holds = { longest: Infinity, total: Infinity };
  for (let run = 0; run < 8; run++) {
    const holds = await holdsOf(() => work(run));
    if (holds.longest < 50 || (!isLong && holds.longest < holds.total / 3)) return SHORT;
    if (holds.longest < best.longest) best = holds;
  }
  return best;
}

test("no turn of the event loop takes longer than 50 ms while 10,000 rules are replaced", async () => {
  const text = `groups:\n- name: g\n  rules:\n${repeated(100, (i) => `  - alert: A${i}\n    expr: up{job="a"} > ${i}\n    labels: { severity: page, team: t${i % 7}, service: shop, region: eu-west }\n`)}`;
  const { groups } = allSteps(ruleFileFrom("rules.yml", text));
  // Each version has other expressions. Most rules keep their names; the others are removed and added.
  const groupsOf = (version: number): CheckedGroup[] =>
    Array.from({ length: 100 }, (_, i) => i).flatMap((number) =>
      groups.map((group) => ({
        ...group,
        name: `g${number}`,
        rules: group.rules.map((rule, i) => ({
          ...rule,
          name: i < 90 ? rule.name : `${rule.name}v${version}`,
          text: `${rule.text} + ${version}`,
        })),
      })),
    );
  const engine = new RuleEngine({
    groups: groupsOf(0),
    source: new MemorySeries([]),
    intervalMillis: 60_000,
  });
  onTestFinished(() => engine.end());
  const versions = Array.from({ length: 8 }, (_, i) => groupsOf(i + 1));
  expect(await bestOf((run) => engine.replace(versions[run]!))).toEqual(SHORT);
  expect(engine.groups()).toHaveLength(100);
});

test("no turn of the event loop takes longer than 50 ms while 1,000 silences with expressions are read", async () => {
  const folder = newFolder("silences");
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const silences = new Silences(Date.now, folder);
  const best = await bestOf(async (run) => {
    const list = Array.from({ length: 1_000 }, (_, i) => ({
      matchers: `alertname=~"A${i}.*|[a-z]+${run}(x|y){1,9}", team!~"t(${i}|none)"`,
      until,
      comment: `silence ${i}`,
    }));
    writeFileSync(join(folder, "silences.json"), JSON.stringify(list));
    await silences.lookInSlices();
  });
  expect(silences.active()).toHaveLength(1_000);
  expect(best).toEqual(SHORT);
});
