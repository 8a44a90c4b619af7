import { expect, test } from "vitest";
import { metricsOf, otlpReceiver } from "../../kit/otlp-receiver/index.ts";
import { application } from "../../kit/packed-project.ts";
import { runNode } from "../../kit/process.ts";
import { scrapeOf, bothLoaders } from "../applications.ts";

const folder = import.meta.dirname;

test.each(bothLoaders())(
  "%s with prom-client, started with %s, has its metrics on our endpoint, each series once",
  async (_, flag, program) => {
    const text = await scrapeOf({
      folder,
      program,
      flag,
      env: { TACHYMETER_PROMETHEUS_SCOPE_LABELS: "false" },
    });
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const series = lines.map((line) => line.slice(0, line.lastIndexOf(" ")));
    expect(series.filter((each, i) => series.indexOf(each) !== i)).toEqual([]);
    const own = (name: string): readonly string[] => lines.filter((line) => line.startsWith(name));
    expect(own("orders_total")).toEqual(['orders_total{app="shop",country="nz"} 2']);
    expect(own("size_bytes")).toEqual([
      'size_bytes_bucket{app="shop",le="10"} 1',
      'size_bytes_bucket{app="shop",le="20"} 2',
      'size_bytes_bucket{app="shop",le="+Inf"} 3',
      'size_bytes_sum{app="shop"} 45',
      'size_bytes_count{app="shop"} 3',
    ]);
    expect(own("wait_seconds")).toEqual([
      'wait_seconds{app="shop",quantile="0.5"} 2',
      'wait_seconds{app="shop",quantile="0.9"} 3',
      'wait_seconds_sum{app="shop"} 6',
      'wait_seconds_count{app="shop"} 3',
    ]);
    expect(own("load")).toEqual(["load 0.5"]);
    expect(own("process_cpu_seconds_total").length).toBe(1);
    expect(text).toContain("# HELP size_bytes Sizes\n# TYPE size_bytes histogram\n");
  },
);

test.each(["@prometheus-io/client", "@platformatic/prom-client"])(
  "the metrics of %s are on our endpoint, from CommonJS and ES modules",
  async (library) => {
    const record = `
      const count = new Counter({ name: "orders_total", help: "Orders", labelNames: ["country"] });
      count.inc({ country: "nz" }, 2);
      const sizes = new Histogram({ name: "size_bytes", help: "Sizes", buckets: [10, 20] });
      for (const size of [5, 15, 25]) sizes.observe(size);
      new Summary({ name: "wait_seconds", help: "Waits", percentiles: [0.5] }).observe(2);
      new Gauge({ name: "load", help: "Load", collect() { this.set(0.5); } });
      register.setDefaultLabels({ app: "shop" });
      const sdk = TELEMETRY.running();
      sdk.ready.then(() => fetch(sdk.prometheusUrl)).then((response) => response.text()).then((text) => {
        const names = /^(?:orders|size|wait|load)/;
        console.log(text.split("\\n").filter((line) => names.test(line)).join("\\n"));
      });`;
    const names = "{ Counter, Gauge, Histogram, register, Summary }";
    const cwd = await application(
      {
        "app.cjs": `const ${names} = require("${library}"); ${record.replace("TELEMETRY", 'require("tachymeter")')}`,
        "app.mjs": `import * as telemetry from "tachymeter"; import client from "${library}";
          const ${names} = client; ${record.replace("TELEMETRY", "telemetry")}`,
      },
      { libraries: true },
    );
    const env = { TACHYMETER_PROMETHEUS_SCOPE_LABELS: "false", OTEL_EXPORTER_PROMETHEUS_PORT: "0" };
    for (const program of ["app.cjs", "app.mjs"]) {
      const child = runNode({ cwd, args: ["--import", "tachymeter/register", program], env });
      await child.exit;
      expect(child.stdout.trim().split("\n")).toEqual([
        'orders_total{app="shop",country="nz"} 2',
        'size_bytes_bucket{app="shop",le="10"} 1',
        'size_bytes_bucket{app="shop",le="20"} 2',
        'size_bytes_bucket{app="shop",le="+Inf"} 3',
        'size_bytes_sum{app="shop"} 45',
        'size_bytes_count{app="shop"} 3',
        'wait_seconds{app="shop",quantile="0.5"} 2',
        'wait_seconds_sum{app="shop"} 2',
        'wait_seconds_count{app="shop"} 1',
        'load{app="shop"} 0.5',
      ]);
    }
  },
  30_000,
);

// The real package reads metrics asynchronously, which the end of a process cannot wait for.
test.each([
  ["prom-client", "process.exit();"],
  ["prom-client", 'throw new Error("broken");'],
  ["prom-client", ""],
  ["@prometheus-io/client", "process.exit();"],
  ["@platformatic/prom-client", "process.exit();"],
])(
  "with %s, at the end of a process by `%s`, the last export has what was recorded just before",
  async (library, end) => {
    const receiver = await otlpReceiver();
    const program = `
      import client from "${library}";
      new client.Counter({ name: "orders_total", help: "h", labelNames: ["country"] }).inc({ country: "nz" }, 2);
      new client.Gauge({ name: "load", help: "h" }).set(0.5);
      const sizes = new client.Histogram({ name: "size_bytes", help: "h", buckets: [10, 20] });
      const waits = new client.Summary({ name: "wait_seconds", help: "h", percentiles: [0.5] });
      for (const value of [5, 15, 25]) sizes.observe(value), waits.observe(value);
      ${end}`;
    const cwd = await application({ "app.mjs": program }, { libraries: true });
    const args = ["--import", "tachymeter/register", "app.mjs"];
    await runNode({ cwd, args, env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } }).exit;
    const metrics = receiver.requests.flatMap(({ body }) => metricsOf(body));
    const last = (name: string): unknown => metrics.findLast((metric) => metric.name === name);
    expect(last("orders_total")).toMatchObject({ kind: "sum", isMonotonic: true, points: [{ value: 2 }] });
    expect(last("load")).toMatchObject({ kind: "gauge", points: [{ value: 0.5 }] });
    const sizes = { count: 3, sum: 45, bucketCounts: [1, 1, 1] };
    expect(last("size_bytes")).toMatchObject({ kind: "histogram", points: [sizes] });
    expect(last("wait_seconds_count")).toMatchObject({ kind: "sum", points: [{ value: 3 }] });
    expect(last("wait_seconds_sum")).toMatchObject({ kind: "sum", points: [{ value: 45 }] });
    expect(last("wait_seconds")).toMatchObject({ kind: "gauge", points: [{ value: 15 }] });
  },
  30_000,
);
