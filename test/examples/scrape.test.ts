import fc from "fast-check";
import { expect, test } from "vitest";
import { reportOnScrapes } from "../../examples/fleet/scrape-report.js";
import { Scrape } from "../../examples/fleet/scrape.js";

test("samples are added up over the series with the given labels", () => {
  const scrape = new Scrape(`# HELP jobs_total Jobs.
# TYPE jobs_total counter
jobs_total{queue="a",done="yes"} 3
jobs_total{queue="b",done="yes"} 4 1700000000000
jobs_total{queue="a",done="no"} 5

up 1
`);
  expect(scrape.sum("jobs_total")).toBe(12);
  expect(scrape.sum("jobs_total", { queue: "a" })).toBe(8);
  expect(scrape.sum("jobs_total", { queue: "a", done: "yes" })).toBe(3);
  expect(scrape.sum("jobs_total", { queue: "c" })).toBeUndefined();
  expect(scrape.sum("jobs")).toBeUndefined();
  expect(scrape.labels("jobs_total", "queue")).toEqual(["a", "b"]);
  expect([...scrape.names]).toEqual(["jobs_total", "up"]);
});

test.each([
  ["1", 1],
  ["-0.5", -0.5],
  ["1e+21", 1e21],
  ["+Inf", Infinity],
  ["-Inf", -Infinity],
  ["NaN", Number.NaN],
])("the value %s is %d", (text, value) => {
  expect(new Scrape(`it ${text}`).sum("it")).toBe(value);
});

test("escaped label values are unescaped", () => {
  const anyLabel = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(anyLabel, anyLabel, (one, other) => {
      const scrape = new Scrape(`it{one="${escaped(one)}",other="${escaped(other)}"} 1`);
      expect(scrape.labels("it", "one")).toEqual([one]);
      expect(scrape.labels("it", "other")).toEqual([other]);
    }),
  );
});

test("an invalid line is an error that shows it", () => {
  expect(() => new Scrape("<html>")).toThrow('sample "<html>" is not in Prometheus\' text format');
});

test("a quantile is linear within its bucket", () => {
  const scrape = new Scrape(`t_bucket{le="1"} 0
t_bucket{le="2"} 10
t_bucket{le="4"} 20
t_bucket{le="+Inf"} 20`);
  expect(scrape.quantile(0.25, "t")).toBe(1.5);
  expect(scrape.quantile(0.5, "t")).toBe(2);
  expect(scrape.quantile(0.75, "t")).toBe(3);
  expect(scrape.quantile(1, "t")).toBe(4);
});

test("the first bucket starts at zero", () => {
  expect(new Scrape(`t_bucket{le="4"} 10\nt_bucket{le="+Inf"} 10`).quantile(0.5, "t")).toBe(2);
});

test("a quantile above the highest finite bound is that bound", () => {
  expect(new Scrape(`t_bucket{le="4"} 1\nt_bucket{le="+Inf"} 10`).quantile(0.5, "t")).toBe(4);
});

test("an empty or missing histogram has no quantile", () => {
  expect(new Scrape(`t_bucket{le="4"} 0\nt_bucket{le="+Inf"} 0`).quantile(0.5, "t")).toBeUndefined();
  expect(new Scrape("").quantile(0.5, "t")).toBeUndefined();
});

test("a quantile of several series, in any order, covers all their measurements", () => {
  const scrape = new Scrape(`t_bucket{le="+Inf",a="x"} 10
t_bucket{le="1",a="x"} 10
t_bucket{le="2",a="x"} 10
t_bucket{le="2",a="y"} 10
t_bucket{le="1",a="y"} 0
t_bucket{le="+Inf",a="y"} 10`);
  expect(scrape.quantile(0.75, "t")).toBe(1.5);
  expect(scrape.quantile(0.75, "t", { a: "x" })).toBe(0.75);
});

test("a quantile lies in the bucket of the measurement of that rank", () => {
  const bounds = [1, 2, 5, 10, 100];
  const measurements = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(measurements, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, q) => {
      const buckets = [...bounds, Infinity].map(
        (bound) =>
          `t_bucket{le="${bound === Infinity ? "+Inf" : bound}"} ${values.filter((it) => it <= bound).length}`,
      );
      const exact = values.toSorted((a, b) => a - b)[Math.ceil(q * values.length) - 1]!;
      const upper = bounds.find((bound) => exact <= bound)!;
      const lower = bounds.findLast((bound) => bound < upper) ?? 0;
      const quantile = new Scrape(buckets.join("\n")).quantile(q, "t")!;
      expect(quantile).toBeGreaterThanOrEqual(lower);
      expect(quantile).toBeLessThanOrEqual(upper);
    }),
  );
});

test("the report shows each process, all latencies together and each kernel", () => {
  const coordinator = `messages_sent_total{messaging_destination_name="a"} 1000
messages_sent_total{messaging_destination_name="b"} 234
coordination_active_nodes 4
health_status 2
process_cpu_time_seconds_total{cpu_mode="user"} 1.25
process_cpu_time_seconds_total{cpu_mode="system"} 0.5
process_memory_usage_bytes 104857600
system_memory_usage_bytes{system_memory_state="used"} 1048576000
system_memory_usage_bytes{system_memory_state="free"} 1048576000
system_cpu_utilization_ratio{cpu_mode="idle"} 0.25
system_cpu_utilization_ratio{cpu_mode="user"} 0.75
system_cpu_utilization_ratio{cpu_mode="idle",cpu_logical_number="0"} 0.5
system_cpu_utilization_ratio{cpu_mode="user",cpu_logical_number="0"} 0.5
system_cpu_utilization_ratio{cpu_mode="idle",cpu_logical_number="1"} 0
system_cpu_utilization_ratio{cpu_mode="user",cpu_logical_number="1"} 1
message_processing_duration_seconds_bucket{le="0.005"} 10
message_processing_duration_seconds_bucket{le="0.01"} 10
message_processing_duration_seconds_bucket{le="+Inf"} 10
message_processing_duration_seconds_count 10
`;
  const worker = `message_processing_duration_seconds_bucket{le="0.005"} 0
message_processing_duration_seconds_bucket{le="0.01"} 10
message_processing_duration_seconds_bucket{le="+Inf"} 10
message_processing_duration_seconds_count 10
kernel_state{kernel_id="hash#0"} 1
kernel_messages_processed_total{kernel_id="hash#0"} 77
kernel_throughput_per_second{kernel_id="hash#0"} 7.7
kernel_uptime_seconds{kernel_id="hash#0"} 10
`;
  const texts = new Map([
    ["coordinator", coordinator],
    ["worker", worker],
  ]);
  expect(reportOnScrapes(texts)).toMatchInlineSnapshot(`
    "PROCESS                    coordinator   worker
    messages sent                    1,234        -
    messages received                    -        -
    messages queued                      -        -
    coordination messages                -        -
    active nodes                         4        -
    leader changes                       -        -
    health                        degraded        -
    health checks                        -        -
      of them healthy                    -        -
    CPU time                         1.8 s        -
    memory                         100 MiB        -
    memory of the machine        1,000 MiB        -
    CPU of the machine, busy          75 %        -
    event loop delay, p99                -        -
    metrics                              -        -

    LATENCY, all processes    count      p50      p95      p99
    message handling             20   5.0 ms   9.5 ms   9.9 ms
    heartbeat                     -        -        -        -
    job, handed out to done       -        -        -        -
    lock waited for               -        -        -        -
    lock held                     -        -        -        -
    health check                  -        -        -        -

    KERNEL          messages   errors   per second   uptime
    worker hash#0         77        0          7.7   10.0 s"
  `);
});

test("the report also reads the names of upstream's host metrics", () => {
  const report = reportOnScrapes(
    new Map([
      [
        "worker",
        `process_memory_usage 104857600
system_memory_usage{system_memory_state="used"} 1048576000
system_cpu_utilization{system_cpu_state="idle",system_cpu_logical_number="0"} 0.5
system_cpu_utilization{system_cpu_state="idle",system_cpu_logical_number="1"} 0
`,
      ],
    ]),
  );
  expect(report).toMatch(/memory +100 MiB/);
  expect(report).toMatch(/memory of the machine +1,000 MiB/);
  expect(report).toMatch(/CPU of the machine, busy +75 %/);
});

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
