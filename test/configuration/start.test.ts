// A real SDK with a configuration file: each reader, what is ignored, and reloads under load.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { Ajv2020 } from "ajv/dist/2020.js";
import { diag } from "@opentelemetry/api";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { OptionsError, running, start, type Tachymeter } from "tachymeter";
import { configurationFile } from "../../src/configuration/index.ts";
import { configurationSchema, OWN_PROPERTIES } from "../../src/configuration/schema.ts";
import { allSteps } from "../../src/io/yield.ts";
import { settingsOf } from "../../src/sdk/settings.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { newFolder } from "../kit/new-folder.ts";
import { otlpReceiver } from "../kit/otlp-receiver/index.ts";

afterEach(async () => {
  await running()?.shutdown();
  vi.unstubAllEnvs();
});

const QUIET = "host: false, runtime: false, group: false";

/** Starts with a file, and returns what writes it again. */
function startWith(text: string, environment: Readonly<Record<string, string>> = {}) {
  const file = join(newFolder("configuration"), "otel.yaml");
  const write = (next: string): void => writeFileSync(file, `file_format: "1.1"\n${next}`);
  write(text);
  for (const [name, value] of Object.entries({ OTEL_CONFIG_FILE: file, ...environment }))
    vi.stubEnv(name, value);
  const telemetry = start();
  return { telemetry, write, file };
}

const distribution = (further = ""): string => `distribution: { tachymeter: { ${QUIET}${further} } }\n`;
const readers = (...lists: readonly string[]): string =>
  `meter_provider:\n  readers:\n${lists.map((each) => `    - ${each}\n`).join("")}`;
const pull = "pull: { exporter: { prometheus/development: { host: 127.0.0.1, port: 0 } } }";

async function scrape({ prometheusUrl }: Tachymeter): Promise<string> {
  return (await fetch(String(prometheusUrl))).text();
}

const count = (telemetry: Tachymeter, name: string): void => {
  telemetry.meterProvider.getMeter("shop").createCounter(name).add(1, { kind: "card", user: "u1" });
};

test("the readers of a file export, and the other variables are ignored", async () => {
  const receiver = await otlpReceiver();
  const lines = join(newFolder("configuration"), "metrics.jsonl");
  const { telemetry } = startWith(
    `${readers(
      pull,
      `periodic: { exporter: { otlp_http: { endpoint: "${receiver.url}/v1/metrics", compression: gzip, headers: [{ name: x-shop, value: one }] } } }`,
      `periodic: { exporter: { otlp_http: { endpoint: "${receiver.url}/json", encoding: json } } }`,
      `periodic: { exporter: { otlp_file/development: { output_stream: "file://${lines}", temporality_preference: delta } } }`,
    )}  views:
    - selector: { instrument_name: orders }
      stream: { name: sales, attribute_keys: { excluded: [user] } }
    - selector: { instrument_name: secret.* }
      stream: { aggregation: { drop: } }
  meter_configurator/development: { meters: [{ name: noisy, config: { enabled: false } }] }
resource:
  attributes: [{ name: service.name, value: shop }]
${distribution()}`,
    {
      OTEL_SERVICE_NAME: "ignored",
      OTEL_EXPORTER_OTLP_HEADERS: "x-ignored=1",
      OTEL_EXPORTER_OTLP_CERTIFICATE: "/missing.pem",
      OTEL_RESOURCE_ATTRIBUTES: "ignored=1",
      TACHYMETER_PAGE: "true",
    },
  );
  await telemetry.ready;
  count(telemetry, "orders");
  count(telemetry, "secret.number");
  telemetry.meterProvider.getMeter("noisy").createCounter("noise").add(1);
  const text = await scrape(telemetry);
  expect(text).toMatch(/^sales_total\{.*kind="card".*\} 1$/m);
  expect(text).not.toMatch(/user=|secret_number|noise_total|ignored/);
  expect(telemetry.resource.attributes).toMatchObject({ "service.name": "shop" });
  expect(telemetry.resource.attributes).not.toHaveProperty("host.name");
  expect(telemetry.pageUrl).toBeUndefined();
  await telemetry.forceFlush();
  await telemetry.shutdown();
  const { requests } = receiver;
  expect(new Set(requests.map(({ path }) => path))).toEqual(new Set(["/v1/metrics", "/json"]));
  expect(requests.find(({ path }) => path === "/v1/metrics")?.headers).toMatchObject({
    "content-encoding": "gzip",
    "x-shop": "one",
  });
  expect(requests.some(({ headers }) => "x-ignored" in headers)).toBe(false);
  const [line = ""] = readFileSync(lines, "utf8").split("\n");
  expect(line).toContain('"name":"sales"');
  expect(line).toContain('"aggregationTemporality":1');
});

test("options of start() override the file", async () => {
  const { file } = startWith(`${readers(pull)}${distribution()}`);
  await running()?.shutdown();
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  const telemetry = start({ readers: [], serviceName: "mine" });
  await telemetry.ready;
  expect([telemetry.prometheusUrl, telemetry.resource.attributes["service.name"]]).toEqual([
    undefined,
    "mine",
  ]);
});

test("an option that is undefined counts as not given", async () => {
  const { file, write } = startWith(`${readers(pull)}${distribution(", alerts: true")}`);
  await running()?.shutdown();
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  const absent: object = { readers: undefined, alerts: undefined, serviceName: undefined };
  const telemetry = start(absent);
  await telemetry.ready;
  expect([telemetry.prometheusUrl === undefined, telemetry.alerts === undefined]).toEqual([false, false]);
  write(`${readers(pull)}${distribution(", alerts: { interval: 20 }")}`);
  expect((await telemetry.reload()).applied).toEqual(["distribution.tachymeter.alerts"]);
});

test("problems that start() finds have their place in the file", () => {
  expect(() =>
    startWith(
      `${readers('periodic: { exporter: { otlp_http: { endpoint: "collector" } } }')}distribution: { tachymeter: { ${QUIET}, history: { maxBytes: 1 } } }\n`,
    ),
  ).toThrow(OptionsError);
  expect(() => start()).toThrow(
    /otel\.yaml:4:\d+ meter_provider\.readers\[0\]\.periodic\.exporter\.otlp_http\.endpoint must be an http/,
  );
  expect(() => start()).toThrow(/otel\.yaml:5:\d+ distribution\.tachymeter\.history\.maxBytes must be/);
});

test("null counts as left out, in the schema and in the check", () => {
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(configurationSchema());
  const fields = [...nullsOf(OWN_PROPERTIES)];
  expect(fields.length).toBeGreaterThan(60);
  const refused = fields.filter((own) => {
    const file = { file_format: "1.1", distribution: { tachymeter: own } };
    const parsed = allSteps(configurationFile("otel.yaml", JSON.stringify(file), {}));
    const { problems } = allSteps(settingsOf({}, parsed));
    expect([own, validate(file)]).toEqual([own, problems.length === 0]);
    return problems.length > 0;
  });
  expect(refused).toEqual([{ eventLog: { file: null } }]);
  const page = { traceUrl: "https://traces.example/{trace_id}" };
  expect(validate({ file_format: "1.1", distribution: { tachymeter: { page } } })).toBe(true);
});

/** Objects with null in one place, for each place in a schema. */
function* nullsOf(
  properties: Readonly<Record<string, unknown>>,
): Generator<Readonly<Record<string, unknown>>> {
  for (const [name, schema] of Object.entries(properties)) {
    yield { [name]: null };
    const { anyOf = [schema] } = fieldsOf(schema);
    for (const each of Array.isArray(anyOf) ? anyOf : []) {
      const { properties: inner, required } = fieldsOf(each);
      const needed = Array.isArray(required) && required.includes("file") ? { file: "events.jsonl" } : {};
      for (const value of nullsOf(fieldsOf(inner))) yield { [name]: { ...needed, ...value } };
    }
  }
}

const fieldsOf = (schema: unknown): Readonly<Record<string, unknown>> => Object(schema);

test("a file without a meter provider starts no reader, and disabled starts nothing", async () => {
  const { telemetry } = startWith(distribution());
  await telemetry.ready;
  expect(telemetry.prometheusUrl).toBeUndefined();
  await telemetry.shutdown();
  const { telemetry: disabled } = startWith(`disabled: true\n${readers(pull)}`);
  await disabled.ready;
  expect(disabled.prometheusUrl).toBeUndefined();
});

test("a reload applies what can change, and names what waits for a restart", async () => {
  const first = `periodic: { interval: 60000, exporter: { otlp_file/development: { output_stream: "file://${join(newFolder("configuration"), "a.jsonl")}" } } }`;
  const { telemetry, write } = startWith(`${readers(pull, first)}${distribution()}`);
  await telemetry.ready;
  const url = telemetry.prometheusUrl;
  count(telemetry, "before");
  const second = join(newFolder("configuration"), "b.jsonl");
  write(
    `log_level: error
${readers(
  first.replace("60000", "20"),
  pull,
  `periodic: { interval: 20, exporter: { otlp_file/development: { output_stream: "file://${second}" } } }`,
)}  views:
    - selector: { instrument_name: after }
      stream: { name: later }
resource: { attributes: [{ name: a, value: b }] }
${distribution(", seriesTimeToLive: 3600, alerts: true, cardinalityLimit: 10")}`,
  );
  const { applied, needsRestart } = await telemetry.reload();
  expect(applied.toSorted()).toEqual([
    "distribution.tachymeter.alerts",
    "distribution.tachymeter.seriesTimeToLive",
    "log_level",
    "meter_provider.readers",
    "meter_provider.views",
  ]);
  expect(needsRestart.toSorted()).toEqual(["distribution.tachymeter.cardinalityLimit", "resource"]);
  count(telemetry, "after");
  await expect.poll(() => existsSync(second) && readFileSync(second, "utf8")).toContain('"name":"later"');
  // The same server, and series from before.
  expect(telemetry.prometheusUrl).toBe(url);
  expect(await scrape(telemetry)).toMatch(/^before_total\{.*\} 1$/m);
  expect([telemetry.logLevel, telemetry.alerts === undefined]).toEqual(["error", false]);
  expect(await telemetry.reload()).toEqual({ applied: [], needsRestart });
});

test("after a reload to a longer interval, slow callbacks and exports have the time of that interval", async () => {
  const receiver = await otlpReceiver();
  const text = (interval: number): string =>
    `${readers(`periodic: { interval: ${interval}, exporter: { otlp_http: { endpoint: "${receiver.url}/v1/metrics", encoding: json } } }`)}${distribution()}`;
  const { telemetry, write } = startWith(text(100));
  await telemetry.ready;
  write(text(60_000));
  expect((await telemetry.reload()).applied).toEqual(["meter_provider.readers"]);
  // An export of the short interval may be under way.
  await telemetry.forceFlush();
  const warnings = collectWarnings();
  onTestFinished(() => diag.disable());
  const meter = telemetry.meterProvider.getMeter("shop");
  meter.createObservableGauge("slow").addCallback(async (result) => {
    await sleep(300);
    result.observe(1);
  });
  receiver.next.splice(0, Infinity, { afterMillis: 300 });
  await telemetry.forceFlush();
  expect(warnings).toEqual([]);
  expect(inspect(receiver.requests, { depth: null })).toContain("name: 'slow'");
});

test("a reload of the collection interval applies to the history, too", async () => {
  const path = join(newFolder("configuration"), "shop.db");
  const text = (interval: number): string =>
    distribution(`, collectionInterval: ${interval}, history: { path: "${path}" }`);
  const { telemetry, write } = startWith(text(60));
  await telemetry.ready;
  telemetry.meterProvider.getMeter("shop").createGauge("stock").record(1);
  write(text(0.1));
  expect((await telemetry.reload()).applied).toEqual(["distribution.tachymeter.collectionInterval"]);
  const samples = async (): Promise<number> => {
    const matchers = [{ label: "__name__", operator: "=", value: "stock" }] as const;
    let found = 0;
    const to = Date.now();
    for await (const { times } of telemetry.history?.select({ matchers, from: to - 60_000, to }) ?? [])
      found += times.length;
    return found;
  };
  await expect.poll(samples, { timeout: 20_000 }).toBeGreaterThan(1);
});

test("a reload adds the endpoint of the page when the file has no other, and removes it when it has one", async () => {
  const other = `periodic: { exporter: { otlp_file/development: { output_stream: "file:///dev/null" } } }`;
  const further = ", page: true";
  const { telemetry, write } = startWith(`${readers(pull, other)}${distribution(further)}`);
  await telemetry.ready;
  const addresses = new Set([telemetry.prometheusUrl]);
  for (const lists of [[other], [pull, other], [other], [other, other.replace("null", "zero")]]) {
    write(`${readers(...lists)}${distribution(further)}`);
    expect((await telemetry.reload()).applied).toEqual(["meter_provider.readers"]);
    const { prometheusUrl = "", pageUrl = "" } = telemetry;
    expect([new URL(prometheusUrl).origin, (await fetch(pageUrl)).status]).toEqual([
      new URL(pageUrl).origin,
      200,
    ]);
    addresses.add(prometheusUrl);
  }
  // The last reload has left the endpoint alone.
  expect(addresses.size).toBeGreaterThan(2);
  const { prometheusUrl } = telemetry;
  write(`${readers(other)}${distribution()}`);
  expect((await telemetry.reload()).needsRestart).toEqual(["distribution.tachymeter.page"]);
  expect(telemetry.prometheusUrl).toBe(prometheusUrl);
});

test("a reload after and during a shutdown applies nothing", async () => {
  const text = (interval: number): string =>
    `${readers(pull, `periodic: { interval: ${interval}, exporter: { otlp_file/development: { output_stream: "file:///dev/null" } } }`)}${distribution()}`;
  const { telemetry, write } = startWith(text(60_000));
  await telemetry.ready;
  const warnings = collectWarnings();
  onTestFinished(() => diag.disable());
  write(text(50_000).replace("null", "zero"));
  const during = telemetry.reload();
  const end = telemetry.shutdown();
  expect(await during).toEqual({ applied: [], needsRestart: [] });
  await end;
  expect(await telemetry.reload()).toEqual({ applied: [], needsRestart: [] });
  expect([warnings, telemetry.prometheusUrl]).toEqual([[], undefined]);
});

test("an invalid file changes nothing and says why", async () => {
  const { telemetry, write } = startWith(`${readers(pull)}${distribution()}`);
  await telemetry.ready;
  write(`${readers("pull: { exporter: { prometheus/development: { prt: 1 } } }")}log_level: debug\n`);
  await expect(telemetry.reload()).rejects.toThrow(
    /otel\.yaml:4:\d+ .*prt must be an existing option, such as port/,
  );
  expect([telemetry.logLevel, (await scrape(telemetry)).includes("target_info")]).toEqual(["info", true]);
});

test("reloads under load lose no measurement and do not hold the event loop", async () => {
  const file = (interval: number, isMore: boolean): string =>
    `${readers(
      pull,
      `periodic: { interval: ${interval}, exporter: { otlp_file/development: { output_stream: "file:///dev/null" } } }`,
      ...(isMore ? ["periodic: { exporter: { otlp_file/development: { output_stream: stdout } } }"] : []),
    )}${distribution()}`;
  const { telemetry, write } = startWith(file(1_000, false));
  await telemetry.ready;
  const counter = telemetry.meterProvider.getMeter("shop").createCounter("work");
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let sum = 0;
  let isOver = false;
  const load = (): void => {
    for (let i = 0; i < 200; i++) counter.add(1, { i: i % 10 });
    sum += 200;
    if (!isOver) setImmediate(load);
  };
  load();
  // The first run compiles the code.
  write(file(2_000, false));
  await telemetry.reload();
  delay.enable();
  for (let i = 0; i < 20; i++) {
    write(file(1_000 + i, false));
    expect((await telemetry.reload()).applied).toEqual(["meter_provider.readers"]);
  }
  delay.disable();
  isOver = true;
  const values = (await scrape(telemetry)).matchAll(/^work_total\{.*\} (\d+)$/gm);
  expect([...values].reduce((total, [, value]) => total + Number(value), 0)).toBe(sum);
  // The bound is 20 ms; other programs share this machine.
  expect(delay.percentile(90) / 1e6).toBeLessThan(20);
});

test("the checks of a file have a step for each rule and each value, so that no turn takes long", () => {
  const rules = Array.from({ length: 100 }, (_, i) => `{ alert: Rule${i}, expr: "up > ${i}" }`).join(", ");
  const text = `file_format: "1.1"\n${readers(pull)}${distribution(`, alerts: { monitors: true, rules: [{ name: own, rules: [${rules}] }] }`)}`;
  const ofFile = stepsOf(configurationFile("otel.yaml", text, {}));
  const ofSettings = stepsOf(settingsOf({}, ofFile.result));
  expect(ofSettings.result.problems).toEqual([]);
  // Each rule has two values.
  expect([ofFile.number > 200, ofSettings.number > 100]).toEqual([true, true]);
});

function stepsOf<Result>(steps: Generator<void, Result>): {
  readonly number: number;
  readonly result: Result;
} {
  for (let number = 0; ; number++) {
    const step = steps.next();
    if (step.done === true) return { number, result: step.value };
  }
}

test("alerts keep the state of rules that stay, also without a folder", async () => {
  const rule = (name: string, expression: string): string =>
    `{ alert: ${name}, expr: "${expression}", for: 1h }`;
  const alerts = (rules: readonly string[], further = ""): string =>
    `${readers(pull)}${distribution(`, alerts: { monitors: false, interval: 0.05, rules: [{ name: own, rules: [${rules.join(", ")}] }]${further} }`)}`;
  const [up, soon] = [rule("Up", "up > -1 or vector(1)"), `{ alert: Soon, expr: "vector(2)" }`];
  const { telemetry, write } = startWith(alerts([up, soon]));
  await telemetry.ready;
  const seen: string[] = [];
  telemetry.alerts?.on(({ name, state }) => void seen.push(`${name} ${state}`));
  const begin = (alert: string): number =>
    telemetry.alerts?.active().find(({ name }) => name === alert)?.activeAt ?? NaN;
  await expect.poll(() => begin("Up") + begin("Soon")).toBeGreaterThan(0);
  const before = begin("Soon");
  await expect.poll(() => seen).toEqual(["Soon firing"]);
  // Another rule, other receivers and another interval.
  write(
    alerts([up, soon, rule("Third", "vector(3)")], ", interval: 0.06, route: { groupWait: 1 }").replace(
      "interval: 0.05, ",
      "",
    ),
  );
  expect((await telemetry.reload()).applied).toEqual(["distribution.tachymeter.alerts"]);
  await expect.poll(() => begin("Third")).toBeGreaterThan(0);
  // On a busy machine, the time without evaluations does not count for a pending alert.
  expect(begin("Up")).toBeLessThan(begin("Third"));
  expect([begin("Soon"), seen]).toEqual([before, ["Soon firing"]]);
  write(alerts([up], ", route: { groupWait: 2 }"));
  await telemetry.reload();
  await expect.poll(() => seen).toEqual(["Soon firing", "Soon resolved"]);
  expect(telemetry.alerts?.active().map(({ name }) => name)).toEqual(["Up"]);
});
