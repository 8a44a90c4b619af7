import { expect, test } from "vitest";
import { counter, gauge, histogram, resourceMetrics, scope } from "../resource-metrics.ts";
import { rendered, type Wishes } from "./rendered.ts";

const foo = counter({ name: "foo.bar", unit: "By" }, [{}, 1]);

test.each([
  ["UnderscoreEscapingWithSuffixes", "underscores", "foo_bar_bytes_total"],
  ["UnderscoreEscapingWithSuffixes", "allow-utf-8", "foo_bar_bytes_total"],
  ["UnderscoreEscapingWithSuffixes", "values", "foo_bar_bytes_total"],
  ["UnderscoreEscapingWithSuffixes", "dots", "foo__bar__bytes__total"],
  ["UnderscoreEscapingWithoutSuffixes", "underscores", "foo_bar"],
  ["UnderscoreEscapingWithoutSuffixes", "allow-utf-8", "foo_bar"],
  ["NoUTF8EscapingWithSuffixes", "underscores", "foo_bar_bytes_total"],
  ["NoUTF8EscapingWithSuffixes", "allow-utf-8", '"foo.bar_bytes_total"'],
  ["NoUTF8EscapingWithSuffixes", "dots", "foo_dot_bar__bytes__total"],
  ["NoUTF8EscapingWithSuffixes", "values", "U__foo_2e_bar__bytes__total"],
  ["NoTranslation", "underscores", "foo_bar"],
  ["NoTranslation", "allow-utf-8", '"foo.bar"'],
  ["NoTranslation", "values", "U__foo_2e_bar"],
] as const)("foo.bar in bytes becomes, with %s and escaping %s, %s", async (strategy, escaping, expected) => {
  const metrics = resourceMetrics([scope("s", [foo])]);
  const text = await rendered(metrics, { strategy, escaping, format: "text-1.0.0", scopeLabels: false });
  const sample = expected.startsWith('"') ? `{${expected}}` : expected;
  expect(text).toBe(`# HELP ${expected} foo.bar\n# TYPE ${expected} counter\n${sample} 1\n`);
});

test("names that need quotes are within the braces, and so are those of their labels", async () => {
  const metrics = resourceMetrics([
    scope("s", [
      gauge({ name: 'odd "name"\\\n' }, [{}, 1], [{ "http.route": "/a", ok: true }, 2]),
      histogram({ name: "my.time" }, [1], [1, 0], { "a b": "c" }),
    ]),
  ]);
  const wishes: Wishes = {
    strategy: "NoTranslation",
    escaping: "allow-utf-8",
    format: "text-1.0.0",
    scopeLabels: false,
  };
  expect(await rendered(metrics, wishes)).toBe(String.raw`# HELP "odd \"name\"\\\n" odd "name"\\\n
# TYPE "odd \"name\"\\\n" gauge
{"odd \"name\"\\\n"} 1
{"odd \"name\"\\\n","http.route"="/a",ok="true"} 2
# HELP "my.time" my.time
# TYPE "my.time" histogram
{"my.time_bucket","a b"="c",le="1"} 1
{"my.time_bucket","a b"="c",le="+Inf"} 1
{"my.time_sum","a b"="c"} 0
{"my.time_count","a b"="c"} 1
`);
  const openMetrics = await rendered(metrics, { ...wishes, format: "openmetrics-1.0.0" });
  expect(openMetrics).toContain('{"my.time_bucket","a b"="c",le="1.0"} 1\n');
  // Older text formats do not support quotes.
  expect(await rendered(metrics, { ...wishes, format: "text-0.0.4" })).toContain(
    '{http_route="/a",ok="true"} 2\n',
  );
});

test.each([
  ["dots", 'g{http_dot_route="/",a__b="1",otel__scope__name="s"} 1'],
  ["values", 'g{U__http_2e_route="/",a_b="1",otel_scope_name="s"} 1'],
  ["underscores", 'g{a_b="1",http_route="/",otel_scope_name="s"} 1'],
] as const)("labels are escaped by %s too", async (escaping, expected) => {
  const metrics = resourceMetrics([scope("s", [gauge({ name: "g" }, [{ "http.route": "/", a_b: 1 }, 1])])]);
  const text = await rendered(metrics, { strategy: "NoTranslation", escaping, format: "text-1.0.0" });
  expect(labelsOf(text)).toEqual(labelsOf(expected));
});

test("a label called __name__ does not replace the name of the metric", async () => {
  const metrics = resourceMetrics([scope("s", [gauge({ name: "g" }, [{ __name__: "x" }, 1])])]);
  const wishes: Wishes = {
    strategy: "NoTranslation",
    escaping: "allow-utf-8",
    format: "text-1.0.0",
    scopeLabels: false,
  };
  expect(await rendered(metrics, wishes)).toContain('g{exported___name__="x"} 1\n');
});

test.each([
  ["requests.total", "", "requests_total"],
  ["cpu.total", "s", "cpu_seconds_total"],
  ["cpu.seconds", "s", "cpu_seconds_total"],
] as const)("a counter %s of %j ends in one unit and one _total", async (name, unit, underscored) => {
  const metrics = resourceMetrics([scope("s", [counter({ name, unit }, [{}, 1])])]);
  const strategy = "NoUTF8EscapingWithSuffixes";
  expect(await rendered(metrics)).toContain(`# TYPE ${underscored} counter\n`);
  expect(await rendered(metrics, { strategy })).toContain(`# TYPE ${underscored} counter\n`);
});

test("_total can be omitted; a name that already has it keeps it", async () => {
  const metrics = resourceMetrics([
    scope("s", [
      counter({ name: "a", unit: "s" }, [{}, 1]),
      counter({ name: "b.total", unit: "s" }, [{}, 1]),
    ]),
  ]);
  const text = await rendered(metrics, { counterSuffix: false });
  expect(text.match(/# TYPE \S+/g)).toEqual(["# TYPE a_seconds", "# TYPE b_seconds_total"]);
});

test("a prefix is prepended to every name except target_info", async () => {
  const metrics = resourceMetrics([scope("s", [foo])], { a: "b" });
  const text = await rendered(metrics, { prefix: "shop" });
  expect(text.match(/# TYPE \S+/g)).toEqual(["# TYPE target_info", "# TYPE shop_foo_bar_bytes_total"]);
});

test("resource attributes that match a pattern become labels of every series, and stay in target_info", async () => {
  const metrics = resourceMetrics([scope("s", [foo, counter({ name: "b" }, [{ "k8s.pod": "mine" }, 2])])], {
    "k8s.pod": "p1",
    "service.name": "x",
  });
  const text = await rendered(metrics, { resourceLabels: /^k8s\./g });
  expect(text.match(/^[^#].*$/gm)).toEqual([
    'target_info{k8s_pod="p1",service_name="x"} 1',
    'foo_bar_bytes_total{k8s_pod="p1",otel_scope_name="s"} 1',
    'b_total{k8s_pod="mine",otel_scope_name="s"} 2',
  ]);
});

test("scope labels and target_info can be turned off", async () => {
  const metrics = resourceMetrics([scope("s", [foo])], { a: "b" });
  expect(await rendered(metrics, { scopeLabels: false, targetInfo: false })).toBe(
    "# HELP foo_bar_bytes_total foo.bar\n# TYPE foo_bar_bytes_total counter\nfoo_bar_bytes_total 1\n",
  );
});

test("text that UTF-8 cannot represent becomes a replacement character", async () => {
  const metrics = resourceMetrics([
    scope("s", [gauge({ name: "g", description: "\uD800" }, [{ a: "\uDFFFx" }, 1])]),
  ]);
  const text = await rendered(metrics, { scopeLabels: false });
  expect(text).toBe('# HELP g \uFFFD\n# TYPE g gauge\ng{a="\uFFFDx"} 1\n');
});

function labelsOf(text: string): readonly string[] | undefined {
  return /^g\{(.*)\} 1$/m.exec(text)?.[1]?.split(",").toSorted();
}
