// The rules of Grafana's linter of dashboards, and some of our own.
import { describe, expect, test } from "vitest";
import { dashboardsFor } from "../../../src/cli/dashboards/index.ts";
import { instrumentFrom } from "../../../src/cli/dashboards/instruments.ts";
import { PANELS } from "../../../src/page/panels/index.ts";
import { type DrawnPanel, drawn, panelsOf, SYNTAX } from "./drawn-panels.ts";
import { HOSTILE, SHOP } from "./instruments.ts";
import { processorMicros } from "../../kit/processor-time.ts";

// Panels whose window is part of their meaning.
const FIXED_WINDOWS: readonly string[] = ["Changes of the leader"];

describe.each([
  ["of the catalogue", undefined],
  ["of a shop", SHOP],
  ["of hostile names", HOSTILE],
])("dashboards %s", (_, instruments) => {
  const dashboards = dashboardsFor(instruments, SYNTAX).map(drawn);
  const panels = dashboards.flatMap((dashboard) => panelsOf(dashboard));

  test("are not editable, have a stable address, and link to each other", () => {
    for (const { editable, uid, title } of dashboards) {
      expect({ editable, uid, title }).toMatchObject({ editable: false, uid: /^tachymeter-[a-z]+$/ });
      expect(title).toMatch(/^Tachymeter: /);
    }
    expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length);
  });

  test("have variables of the data source, the job and the instance", () => {
    for (const { templating } of dashboards) {
      const [source, job, instance] = templating.list;
      expect(source).toMatchObject({ type: "datasource", name: "datasource", query: "prometheus" });
      for (const [name, variable] of [
        ["job", job],
        ["instance", instance],
      ] as const) {
        const datasource = { type: "prometheus", uid: "${datasource}" };
        const all = { multi: true, includeAll: true, allValue: ".*", refresh: 2 };
        expect(variable).toMatchObject({
          type: "query",
          name,
          label: expect.any(String),
          datasource,
          ...all,
        });
        expect(variable?.["query"]).toMatch(
          new RegExp(String.raw`^label_values\(\{__name__=~".+"\}, ${name}\)$`),
        );
      }
    }
  });

  test("have a title, a description, a unit and the data source on each panel", () => {
    for (const panel of panels) {
      expect(panel.title).toMatch(/./);
      expect(panel.title.length).toBeLessThan(700);
      expect(panel.description).toMatch(/^.{1,700}$/);
      expect(panel.description).not.toMatch(/(?<!\\)[<[]/);
      expect(panel.fieldConfig.defaults.unit).toMatch(/^.+$/);
      expect([panel.datasource.uid, ...panel.targets.map(({ datasource }) => datasource.uid)]).toEqual(
        Array.from({ length: panel.targets.length + 1 }, () => "${datasource}"),
      );
    }
  });

  test("ask for the job and the instance in each selector, and for rates over Grafana's window", () => {
    for (const { title, targets } of panels) {
      for (const { expr } of targets) {
        expect(selectorsIn(expr)).not.toEqual([]);
        for (const selector of selectorsIn(expr)) {
          expect(selector).toMatch(/[{,]instance=~"\$instance"[,}]/);
          expect(selector).toMatch(/[{,]job=~"\$job"[,}]/);
        }
        const windows = [...expr.replaceAll(/"(?:\\.|[^"])*"/g, "").matchAll(/\[([^\]]+)\]/g)].map(
          ([, window]) => window,
        );
        if (FIXED_WINDOWS.includes(title)) continue;
        expect(windows.filter((window) => window !== "$__rate_interval")).toEqual([]);
      }
    }
  });

  test("draw counters as rates only", () => {
    for (const { targets } of panels) {
      for (const { expr } of targets) {
        const bare = expr.replaceAll(/\b(?:rate|increase)\([^()]*(?:\([^()]*\))?[^()]*\)/g, "");
        expect(bare).not.toMatch(/\b\w+_(?:total|bucket|sum)\{/);
      }
    }
  });

  test("have panels that do not overlap, with distinct identifiers", () => {
    for (const dashboard of dashboards) {
      const ids = dashboard.panels.flatMap(({ id, panels: inner = [] }) => [
        id,
        ...inner.map((each) => each.id),
      ]);
      expect(new Set(ids).size).toBe(ids.length);
      const cells = new Set<string>();
      for (const panel of dashboard.panels) {
        for (const cell of cellsOf(panel)) {
          expect(cells.has(cell)).toBe(false);
          cells.add(cell);
        }
      }
    }
  });

  test("link to the explorer with their queries", () => {
    for (const { links, targets } of panels) {
      const url = new URL(links[0]?.url ?? "", "http://grafana");
      const { a }: { a: { queries: { expr: string }[] } } = JSON.parse(url.searchParams.get("panes") ?? "");
      expect(a.queries.map(({ expr }) => expr.replaceAll(/\$\{(\w+):pipe\}/g, "$$$1"))).toEqual(
        targets.map(({ expr }) => expr),
      );
    }
  });

  test("are the same again", () => {
    expect(dashboardsFor(instruments, SYNTAX).map(drawn)).toEqual(dashboards);
  });
});

test("without instruments, each panel of the catalogue is in the dashboard of its area", () => {
  const titles = dashboardsFor(undefined, SYNTAX)
    .map(drawn)
    .filter(({ uid }) => uid !== "tachymeter-overview")
    .flatMap((dashboard) => panelsOf(dashboard).map(({ title }) => title));
  for (const { title } of PANELS) expect(titles).toContain(title);
});

test("a counter whose metadata lacks the suffix of its series is drawn with or without it", () => {
  const orders = instrumentFrom({ name: "orders", type: "counter", help: "", unit: "" });
  const [panel] = panelsOf(drawn(dashboardsFor(orders && [orders], SYNTAX).at(-1)!));
  expect(panel?.targets.map(({ expr }) => withoutTarget(expr))).toEqual([
    "sum(rate(orders[$__rate_interval])) or sum(rate(orders_total[$__rate_interval]))",
  ]);
});

test("dashboards of instruments have the panels for which there are metrics, and one of all others", () => {
  const dashboards = dashboardsFor(SHOP, SYNTAX).map(drawn);
  expect(dashboards.map(({ uid }) => uid)).toEqual([
    "tachymeter-overview",
    "tachymeter-http",
    "tachymeter-health",
    "tachymeter-instruments",
  ]);
  const generic = dashboards.at(-1)!;
  expect(generic.panels.map(({ type, title }) => [type, title])).toEqual([
    ["row", "exports"],
    ["row", "orders"],
  ]);
  expect(
    panelsOf(generic).map((panel) => [panel.title, panel.targets.map(({ expr }) => withoutTarget(expr))]),
  ).toEqual([
    [
      "exports_duration_seconds",
      [
        "sum(rate(exports_duration_seconds_sum[$__rate_interval])) / sum(rate(exports_duration_seconds_count[$__rate_interval]))",
      ],
    ],
    ["orders_synchronized_time_seconds", ["time() - max by (instance) (orders_synchronized_time_seconds)"]],
    ["orders_total", ["sum by (payment) (rate(orders_total[$__rate_interval]))"]],
    [
      "orders_value",
      [0.5, 0.95, 0.99].map((q) => `histogram_quantile(${q}, sum(rate(orders_value[$__rate_interval])))`),
    ],
    ["orders_value, distribution", ["sum(rate(orders_value[$__rate_interval]))"]],
    ["orders_waiting", ["max by (region, instance) (orders_waiting)"]],
    [
      "orders_weight_grams",
      [0.5, 0.95, 0.99].map(
        (q) => `histogram_quantile(${q}, sum by (le) (rate(orders_weight_grams_bucket[$__rate_interval])))`,
      ),
    ],
    [
      "orders_weight_grams, distribution",
      ["sum by (le) (rate(orders_weight_grams_bucket[$__rate_interval]))"],
    ],
  ]);
});

test("areas have a filter by destination, kernel or route", () => {
  const dashboards = new Map(dashboardsFor(undefined, SYNTAX).map((each) => [each.uid, drawn(each)]));
  for (const [uid, name, selector] of [
    [
      "tachymeter-messages",
      "destination",
      'messages_sent_total{instance=~"$instance",job=~"$job",messaging_destination_name=~"$destination"}',
    ],
    ["tachymeter-kernels", "kernel", 'kernel_state{instance=~"$instance",job=~"$job",kernel_id=~"$kernel"}'],
    [
      "tachymeter-http",
      "route",
      'http_server_request_duration_seconds_bucket{http_route!="",http_route=~"$route",instance=~"$instance",job=~"$job"}',
    ],
  ] as const) {
    const dashboard = dashboards.get(uid)!;
    expect(dashboard.templating.list.at(-1)).toMatchObject({ name });
    expect(
      panelsOf(dashboard).flatMap(({ targets }) => targets.flatMap(({ expr }) => selectorsIn(expr))),
    ).toContain(selector);
  }
});

test("states are a time line with a text and a colour for each value", () => {
  const [panel] = dashboardsFor(SHOP, SYNTAX)
    .map(drawn)
    .filter(({ uid }) => uid === "tachymeter-health")
    .flatMap((dashboard) => panelsOf(dashboard));
  expect(panel?.type).toBe("state-timeline");
  expect(panel?.fieldConfig.defaults.mappings).toEqual([
    {
      type: "value",
      options: {
        0: { text: "unknown", color: "#808080", index: 0 },
        1: { text: "healthy", color: "green", index: 1 },
        2: { text: "degraded", color: "yellow", index: 2 },
        3: { text: "unhealthy", color: "red", index: 3 },
      },
    },
  ]);
});

test("alerts and restarts are marked", () => {
  const [dashboard] = dashboardsFor(SHOP, SYNTAX).map(drawn);
  expect(dashboard?.annotations.list.map(({ expr }) => expr)).toEqual([
    'ALERTS{alertstate="firing",instance=~"$instance",job=~"$job"}',
    'resets(process_uptime_seconds{instance=~"$instance",job=~"$job"}[2m]) > 0',
  ]);
});

test("dashboards of 200 instruments are made in a fraction of a second of processor time", () => {
  const many = Array.from({ length: 25 }, (_, i) =>
    SHOP.map((instrument) => ({ ...instrument, name: `shop${i}_${instrument.name}` })),
  ).flat();
  const before = process.cpuUsage();
  dashboardsFor(many, SYNTAX).map(drawn);
  // About 50 ms; a slow machine may take longer.
  expect(processorMicros(before) / 1_000).toBeLessThan(2_000);
});

function selectorsIn(expr: string): readonly string[] {
  const selectors: string[] = [];
  JSON.stringify(SYNTAX.parse(expr.replaceAll("$__rate_interval", "5m")), (_, node: unknown) => {
    if (isSelector(node))
      selectors.push(expr.replaceAll("$__rate_interval", "5m").slice(node.start, node.end));
    return node;
  });
  return selectors;
}

function isSelector(node: unknown): node is { readonly start: number; readonly end: number } {
  return typeof node === "object" && node !== null && "kind" in node && node.kind === "selector";
}

function withoutTarget(expr: string): string {
  return expr.replaceAll('{instance=~"$instance",job=~"$job"}', "");
}

function cellsOf({ gridPos: { x, y, w, h } }: DrawnPanel): readonly string[] {
  return Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`);
}
