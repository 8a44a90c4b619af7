import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { drawn, panelsOf, SYNTAX } from "./drawn-panels.ts";
import { dashboardsFor } from "../../../src/cli/dashboards/index.ts";
import { instrumentsOf } from "../../../src/cli/dashboards/instruments.ts";
import { RemoteHistory } from "../../../src/history/index.ts";
import { needsFetched } from "../../servers/needs.ts";
import { startPrometheus } from "../../servers/prometheus.ts";
import { waitMillis } from "../../kit/test-length.ts";
import { busyApplication, RECORDED } from "./busy-application.ts";

const docs = join(import.meta.dirname, "../../../docs");

// Empty if there was no change in the window, if the machine has none, or if the heap is far from its limit. The last one is
// empty while no request of the process is under way.
const MAY_BE_EMPTY: readonly string[] = [
  "v8js_gc_duration_seconds",
  "v8js_memory_heap_size_limit",
  "system_disk_io",
  "system_filesystem",
  "nodejs_active_requests{",
];

test("the metrics that the test records are documented", () => {
  const text = ["metrics.md", "instrumentations.md", "group.md", "host.md", "gpu.md"]
    .map((name) => readFileSync(join(docs, name), "utf8"))
    .join("\n");
  for (const { name, sets } of RECORDED) {
    for (const word of [name, ...sets.flatMap((set) => Object.keys(set))]) {
      const last = word.slice(word.lastIndexOf("."));
      expect([word, text.includes(`\`${word}\``) || text.includes(`\`${last}\``)]).toEqual([word, true]);
    }
  }
});

test(
  "each query of each panel has values: from the application itself, and from a Prometheus that scrapes it",
  {
    timeout: waitMillis * 2,
  },
  async (context) => {
    const program = join(needsFetched(context, "prometheus"), "usr/bin/prometheus");
    const { telemetry, url } = await busyApplication();
    const prometheus = await startPrometheus(telemetry.prometheusUrl ?? "", { program });
    for (const source of [url, prometheus.url]) {
      const history = new RemoteHistory({ url: source });
      const emptyIn = async (expressions: readonly string[]): Promise<readonly string[]> => {
        const empty = [];
        for (const expression of expressions) if (await isEmpty(history, expression)) empty.push(expression);
        return empty;
      };
      const catalogue = expressionsOf(undefined);
      await expect.poll(() => emptyIn(catalogue), { timeout: waitMillis, interval: 1_000 }).toEqual([]);
      // With the panels of all other instruments. The application records some once only.
      const all = expressionsOf(await instrumentsOf(history));
      expect(all.length).toBeGreaterThan(catalogue.length);
      await expect.poll(() => emptyIn(all), { timeout: waitMillis, interval: 1_000 }).toEqual([]);
      await history.close();
    }
  },
);

function expressionsOf(instruments: Parameters<typeof dashboardsFor>[0]): readonly string[] {
  const targets = dashboardsFor(instruments, SYNTAX)
    .map(drawn)
    .flatMap((dashboard) => panelsOf(dashboard).flatMap((panel) => panel.targets));
  const expressions = targets.map(({ expr }) =>
    expr.replaceAll("$__rate_interval", "10s").replaceAll(/(?<=")\$\w+(?=")/g, ".*"),
  );
  return [...new Set(expressions)].filter((text) => !MAY_BE_EMPTY.some((name) => text.includes(name)));
}

async function isEmpty(history: RemoteHistory, expression: string): Promise<boolean> {
  const result = await history.query(expression);
  return result.kind !== "vector" || result.series.length === 0;
}
