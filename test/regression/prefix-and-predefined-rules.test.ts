// Options of the Prometheus reader rename the metrics. Monitors, panels and the default selection of anomalies still had
// the default names: no alert fired, and the overview was empty.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { start } from "tachymeter";
import { expect, onTestFinished, test, vi } from "vitest";
import { monitorGroups } from "../../src/alerts/monitors/monitor-groups.ts";
import { PANELS, withRange } from "../../src/page/panels/index.ts";
import { parse } from "../../src/query/index.ts";
import { selectorsOf } from "../../src/query/evaluation/spans.ts";
import { renamed } from "../../src/query/renamed.ts";
import { ownNames } from "../../src/translation/metric-name.ts";
import { newFolder } from "../kit/new-folder.ts";
import { servedPage } from "../page/kit/served-page.ts";

const DOCS = join(import.meta.dirname, "../../docs");
const WITHOUT_SUFFIXES = "UnderscoreEscapingWithoutSuffixes";
const RENAMING = [
  { prefix: "shop" },
  { withoutCounterSuffix: true },
  { translationStrategy: WITHOUT_SUFFIXES, prefix: "shop" },
  { translationStrategy: "NoTranslation" },
] as const;

test.each(RENAMING)(
  "monitors fire by the names of a reader with %j, and rules of the user stay",
  async (options) => {
    const rules = [
      { name: "shop", rules: [{ alert: "Mine", expr: "vector(1) or health_component_status" }] },
    ];
    const telemetry = start({
      serviceName: "shop",
      host: false,
      runtime: false,
      group: false,
      instrumentations: [],
      readers: [{ type: "prometheus", port: 0, ...options }],
      live: { resolution: 1 },
      alerts: { interval: 0.2, rules, monitors: { componentUnhealthy: { for: 0 } }, receivers: [() => {}] },
    });
    onTestFinished(() => telemetry.shutdown());
    telemetry.health.set("db", "unhealthy", "down");
    telemetry.messaging.sent("", Number.NaN);
    const firing = (): readonly string[] =>
      (telemetry.alerts?.active() ?? []).filter(({ state }) => state === "firing").map(({ name }) => name);
    const wanted = ["Mine", "ComponentUnhealthy", "MeasurementsDropped"];
    await vi.waitFor(() => expect(firing()).toEqual(expect.arrayContaining(wanted)), 30_000);
    // A link to a rule shows its series, and Prometheus can have the rules.
    const rule = telemetry.alerts?.rules().find(({ name }) => name === "MeasurementsDropped");
    expect(await telemetry.query(rule?.query ?? "")).toMatchObject({
      series: [{ labels: { reason: "not_a_number" } }],
    });
    expect(telemetry.alerts?.exportRules()).toContain(`expr: vector(1) or health_component_status\n`);
    const inOneLine = (text: string = ""): string => text.replaceAll(/\s+/g, " ");
    expect(inOneLine(telemetry.alerts?.exportRules())).toContain(inOneLine(rule?.query));
  },
);

test.each(RENAMING)("the page has its charts by the names of a reader with %j", async (options) => {
  const page = await servedPage({ readers: [{ type: "prometheus", port: 0, ...options }], anomalies: true });
  page.telemetry.messaging.sent("jobs");
  const overview = (): ReturnType<typeof page.past> => page.past("overview", Date.now() / 1_000 - 60);
  await vi.waitFor(
    async () => expect((await overview()).charts.map(({ id }) => id)).toContain("messages-rate"),
    { timeout: 30_000, interval: 500 },
  );
  expect((await overview()).areas).toContain("messages");
});

test("series are watched by default under a prefix", async () => {
  const path = join(newFolder("prefix"), "shop.db");
  const { telemetry } = await servedPage({
    readers: [{ type: "prometheus", port: 0, prefix: "shop" }],
    page: false,
    history: { path },
    anomalies: true,
  });
  telemetry.messaging.queueSize("jobs", 3);
  await sleep(3_000);
  await telemetry.shutdown();
  expect(readFileSync(`${path}.anomalies`, "utf8")).toContain('"value shop_message_queue_size ');
});

test("the names in all predefined expressions are those of documented metrics, also without suffixes", () => {
  const documented = readdirSync(DOCS)
    .filter((file) => file.endsWith(".md"))
    .flatMap((file) => [
      ...readFileSync(join(DOCS, file), "utf8").matchAll(/`([a-z\d_]+(?:\.[a-z\d_]+)+)`/g),
    ]);
  const known = new Set(documented.map(([, name = ""]) => name.replaceAll(".", "_")));
  const rules = monitorGroups().flatMap((group) => group.rules.map(({ expr }) => expr));
  const panels = PANELS.flatMap(({ queries }) => queries.map((query) => withRange(query, "5m")));
  const bare = ownNames({ strategy: "NoTranslation" }) ?? String;
  const prefixed = ownNames({ prefix: "shop" }) ?? String;
  const namesIn = (expression: string): readonly string[] =>
    selectorsOf(parse(expression)).flatMap(({ name }) => name ?? []);
  // Names that rules record have colons, and stay.
  const isRecorded = (name: string): boolean => name.includes(":");
  for (const expression of [...rules, ...panels]) {
    const names = namesIn(expression);
    expect(namesIn(renamed(expression, bare))).toEqual(
      names.map((name) => (isRecorded(name) ? name : bare(name))),
    );
    // Nothing else is changed.
    const inverse = new Map(names.map((name) => [prefixed(name), name]));
    expect(renamed(renamed(expression, prefixed), (name) => inverse.get(name) ?? `? ${name}`)).toBe(
      expression,
    );
  }
  const selected = new Set([...rules, ...panels].flatMap(namesIn).filter((name) => !isRecorded(name)));
  expect(selected.size).toBeGreaterThan(80);
  for (const name of [...selected, ...PANELS.flatMap(({ needs }) => needs)]) {
    expect(prefixed(name)).toBe(`shop_${name}`);
    const names = [bare(name), bare(name).replace(/_(?:bucket|count|sum)$/, "")];
    expect(name).toSatisfy(() => names.some((each) => known.has(each)));
  }
});
