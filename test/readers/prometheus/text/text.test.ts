import { renderPrometheus } from "tachymeter/prometheus";
import { expect, test } from "vitest";
import { collectingProvider } from "../../../kit/collecting.ts";
import { counter, gauge, histogram, resourceMetrics, scope, upDownCounter } from "../../resource-metrics.ts";
import { quietDiag } from "../serving/serving.ts";

test("the text has HELP and TYPE once per family, and one line per sample", async () => {
  const { provider, collect } = collectingProvider();
  const meter = provider.getMeter("shop", "1.4.0", { schemaUrl: "https://opentelemetry.io/schemas/1.36.0" });
  const sent = meter.createCounter("messages.sent", { unit: "{message}", description: "Messages sent." });
  sent.add(3, { "messaging.destination.name": "jobs" });
  sent.add(1.5, { "messaging.destination.name": "mail", urgent: true, priority: 7 });
  meter.createUpDownCounter("open.requests").add(-2);
  meter.createGauge("room.temperature", { unit: "Cel", description: "Of the server room." }).record(21.5);
  const duration = meter.createHistogram("job.duration", {
    unit: "s",
    description: "Of one job.",
    advice: { explicitBucketBoundaries: [0.1, 1, 10] },
  });
  for (const seconds of [0.05, 0.1, 0.5, 20]) duration.record(seconds, { queue: "a" });
  const metrics = await collect();

  const schema = 'otel_scope_schema_url="https://opentelemetry.io/schemas/1.36.0"';
  const scopeLabels = `otel_scope_name="shop",${schema},otel_scope_version="1.4.0"`;
  const version = String(metrics.resource.attributes["telemetry.sdk.version"]);
  const service = String(metrics.resource.attributes["service.name"]);
  expect(renderPrometheus(metrics)).toBe(`# HELP target_info Target metadata
# TYPE target_info gauge
target_info{service_name="${service}",telemetry_sdk_language="nodejs",telemetry_sdk_name="opentelemetry",telemetry_sdk_version="${version}"} 1
# HELP messages_sent_total Messages sent.
# TYPE messages_sent_total counter
messages_sent_total{messaging_destination_name="jobs",${scopeLabels}} 3
messages_sent_total{messaging_destination_name="mail",${scopeLabels},priority="7",urgent="true"} 1.5
# HELP open_requests open.requests
# TYPE open_requests gauge
open_requests{${scopeLabels}} -2
# HELP room_temperature_celsius Of the server room.
# TYPE room_temperature_celsius gauge
room_temperature_celsius{${scopeLabels}} 21.5
# HELP job_duration_seconds Of one job.
# TYPE job_duration_seconds histogram
job_duration_seconds_bucket{${scopeLabels},queue="a",le="0.1"} 2
job_duration_seconds_bucket{${scopeLabels},queue="a",le="1"} 3
job_duration_seconds_bucket{${scopeLabels},queue="a",le="10"} 3
job_duration_seconds_bucket{${scopeLabels},queue="a",le="+Inf"} 4
job_duration_seconds_sum{${scopeLabels},queue="a"} 20.65
job_duration_seconds_count{${scopeLabels},queue="a"} 4
`);
});

test("numbers are written as Prometheus writes them", () => {
  const values = [0, 1027, -3, 0.1, 1e21, 5e-324, Infinity, -Infinity, Number.NaN];
  const points = values.map((value, i): [object, number] => [{ i }, value]);
  const text = renderPrometheus(
    resourceMetrics([scope("s", [gauge({ name: "g" }, ...points.map(asPoint))])]),
  );
  expect([...text.matchAll(/\} (\S+)$/gm)].map(([, number]) => number)).toEqual([
    "0",
    "1027",
    "-3",
    "0.1",
    "1e+21",
    "5e-324",
    "+Inf",
    "-Inf",
    "NaN",
  ]);
});

test("backslashes, line feeds and quotes are escaped as each format requires", () => {
  const metric = gauge({ name: "g", description: 'a "quoted"\\ text\nof two lines' }, [
    { path: 'C:\\new\n"x"' },
    1,
  ]);
  expect(renderPrometheus(resourceMetrics([scope("s", [metric])]))).toBe(
    String.raw`# HELP g a "quoted"\\ text\nof two lines
# TYPE g gauge
g{otel_scope_name="s",path="C:\\new\n\"x\""} 1
`,
  );
});

test("attribute keys become label names, values of any type become text", () => {
  const labels = labelsOf({
    "http.route": "/a",
    "5xx": 1,
    "odd--key": true,
    list: ["a", null, 2],
    "numbers.list": [Number.NaN, 1],
    empty: "",
    nothing: undefined,
  });
  expect(labels).toBe(
    '_5xx="1",empty="",http_route="/a",list="[\\"a\\",null,2]",numbers_list="[\\"NaN\\",1]",odd_key="true",otel_scope_name="s"',
  );
});

test("bytes become base64", () => {
  const bytes = Uint8Array.from([1, 2, 255]);
  const labels = labelsOf({ bytes, list: [{ nested: Buffer.from(bytes) }, -Infinity] });
  expect(labels).toBe('bytes="AQL/",list="[{\\"nested\\":\\"AQL/\\"},\\"-Infinity\\"]",otel_scope_name="s"');
});

test("values whose keys become the same label name are joined in the order of their keys", () => {
  expect(labelsOf({ a_b: "2", "a.b": "1", "a-b": 0, z: 1 })).toBe('a_b="0;1;2",otel_scope_name="s",z="1"');
  expect(labelsOf({ "otel.scope.name": "mine" })).toBe('otel_scope_name="mine;s"');
});

test("an attribute called le does not affect the buckets of a histogram", () => {
  const metric = histogram({ name: "h" }, [1], [1, 0], { le: "mine" });
  expect(renderPrometheus(resourceMetrics([scope("s", [metric])]))).toContain(
    'h_bucket{exported_le="mine",otel_scope_name="s",le="1"} 1\n',
  );
});

test("a boundary of infinity does not add a second +Inf bucket", () => {
  const metric = histogram({ name: "h" }, [1, Infinity], [1, 2]);
  const text = renderPrometheus(resourceMetrics([scope("s", [metric])]));
  expect(text.match(/^h_bucket.*/gm)).toEqual([
    'h_bucket{otel_scope_name="s",le="1"} 1',
    'h_bucket{otel_scope_name="s",le="+Inf"} 3',
  ]);
});

test("scope attributes are labels, except those that would replace the scope's own", () => {
  const attributes = { "library.mascot": "gopher", name: "lost", version: "lost", "schema.url": "lost" };
  const text = renderPrometheus(
    resourceMetrics([scope("s", [gauge({ name: "g" }, [{}, 1])], { version: "2", attributes })]),
  );
  expect(text).toContain(
    'g{otel_scope_library_mascot="gopher",otel_scope_name="s",otel_scope_version="2"} 1\n',
  );
});

test("metrics of several scopes with one name are one family with the help of the first", () => {
  const text = renderPrometheus(
    resourceMetrics([
      scope("one", [counter({ name: "jobs", description: "First." }, [{}, 1])]),
      scope("two", [gauge({ name: "other" }, [{}, 5])]),
      scope("three", [counter({ name: "jobs", description: "Second." }, [{}, 2])]),
    ]),
  );
  expect(text).toBe(`# HELP jobs_total First.
# TYPE jobs_total counter
jobs_total{otel_scope_name="one"} 1
jobs_total{otel_scope_name="three"} 2
# HELP other other
# TYPE other gauge
other{otel_scope_name="two"} 5
`);
});

test("if two metrics have one name and different types the later is left out, with one warning", () => {
  const warn = quietDiag();
  const metrics = resourceMetrics([
    scope("one", [upDownCounter({ name: "torn" }, [{}, 1])]),
    scope("two", [histogram({ name: "torn" }, [1], [1, 0])]),
  ]);

  expect(renderPrometheus(metrics)).toBe(
    '# HELP torn torn\n# TYPE torn gauge\ntorn{otel_scope_name="one"} 1\n',
  );
  renderPrometheus(metrics);

  expect(warn).toHaveBeenCalledOnce();
  expect(warn.mock.lastCall?.[0]).toMatch(
    /^metric "torn" of scope "two": left out .* because torn is a gauge already, .*; rename one of the two/,
  );
});

test("series with the same labels in Prometheus are merged: sums add up, for gauges the later counts", () => {
  const text = renderPrometheus(
    resourceMetrics([
      scope("s", [
        counter({ name: "c" }, [{ status: 200 }, 2], [{ status: "200" }, 3]),
        gauge({ name: "g" }, [{ a: true }, 2], [{ a: "true" }, 3]),
        histogram({ name: "h" }, [1, 2], [1, 1, 1], { a: 1 }),
        histogram({ name: "h" }, [1, 3], [1, 1, 1], { a: "1" }),
      ]),
    ]),
  );
  expect(text.match(/^[cgh].*/gm)).toEqual([
    'c_total{otel_scope_name="s",status="200"} 5',
    'g{a="true",otel_scope_name="s"} 3',
    'h_bucket{a="1",otel_scope_name="s",le="1"} 2',
    'h_bucket{a="1",otel_scope_name="s",le="2"} 3',
    'h_bucket{a="1",otel_scope_name="s",le="3"} 4',
    'h_bucket{a="1",otel_scope_name="s",le="+Inf"} 6',
    'h_sum{a="1",otel_scope_name="s"} 0',
    'h_count{a="1",otel_scope_name="s"} 6',
  ]);
});

test("a metric without series is not mentioned", () => {
  expect(renderPrometheus(resourceMetrics([scope("s", [counter({ name: "c" })])]))).toBe("");
});

test("there is one target_info: a metric of that name is left out, with one warning", () => {
  const warn = quietDiag();
  const metrics = resourceMetrics([scope("s", [gauge({ name: "target.info" }, [{}, 7])])], {
    "service.name": "shop",
  });
  expect(renderPrometheus(metrics)).toBe(`# HELP target_info Target metadata
# TYPE target_info gauge
target_info{service_name="shop"} 1
`);
  expect(warn).toHaveBeenCalledOnce();
});

test("attributes that cannot be converted to text lose their own label only", () => {
  const looped: unknown[] = [];
  looped.push(looped);
  const attributes = Object.assign({ good: "yes" }, { big: 10n, looped, call: () => 1 });
  expect(labelsOf(attributes)).toBe('good="yes",otel_scope_name="s"');
});

test("an unknown format is refused at once", () => {
  const options = Object.assign({}, { format: "protobuf" });
  expect(() => renderPrometheus(resourceMetrics([]), Object.create(options))).toThrow(
    expect.objectContaining({
      code: "TACHYMETER_CONFIGURATION",
      message:
        "renderPrometheus: format must be one of 'text', 'openmetrics', got \"protobuf\"; see tachymeter/docs/configuration.md",
    }),
  );
});

function labelsOf(attributes: object): string {
  const text = renderPrometheus(
    resourceMetrics([scope("s", [gauge({ name: "g" }, [{ ...attributes }, 1])])]),
  );
  return /^g\{(.*)\} 1$/m.exec(text)?.[1] ?? text;
}

function asPoint([attributes, value]: [object, number]): [Record<string, never>, number] {
  return [{ ...attributes }, value];
}
