// The law of reloads: each destination that is in both files gets each measurement once.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { start } from "tachymeter";
import { flushOutbox } from "tachymeter/otlp";
import { expect, test, vi } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { newFolder } from "../kit/new-folder.ts";
import { metricsOf, otlpReceiver, type OtlpReceiver } from "../kit/otlp-receiver/index.ts";
import { isLong, seed, waitMillis } from "../kit/test-length.ts";

interface ReaderCase {
  readonly to: number;
  readonly temporality: "delta" | "cumulative";
  readonly protocol: "http/protobuf" | "http/json";
  /** Changes without an effect on the figures. */
  readonly token: number;
  readonly limit: number;
}

const DESTINATIONS = 3;
const TIMEOUT_SECONDS = 1;

const readerCase: fc.Arbitrary<ReaderCase> = fc.record({
  to: fc.nat(DESTINATIONS - 1),
  temporality: fc.constantFrom("delta", "cumulative"),
  protocol: fc.constantFrom("http/protobuf", "http/json"),
  token: fc.nat(2),
  limit: fc.constantFrom(100, 200),
});
const readerCases = fc.uniqueArray(readerCase, {
  minLength: 1,
  maxLength: DESTINATIONS,
  selector: ({ to }) => to,
});

/** The backend's response to the export that is in flight during the reload. */
const trouble = fc.constantFrom("none", "slow", "hang", "refused");
type Trouble = "none" | "slow" | "hang" | "refused";

interface Case {
  readonly before: readonly ReaderCase[];
  readonly after: readonly ReaderCase[];
  readonly troubles: readonly Trouble[];
  readonly isInFlight: boolean;
}

const cases: fc.Arbitrary<Case> = fc.record({
  before: readerCases,
  after: readerCases,
  troubles: fc.tuple(...Array.from({ length: DESTINATIONS }, () => trouble)),
  isInFlight: fc.boolean(),
});

async function receivers(): Promise<readonly OtlpReceiver[]> {
  return Promise.all(Array.from({ length: DESTINATIONS }, () => otlpReceiver()));
}

function textOf(readers: readonly ReaderCase[], urls: readonly string[]): string {
  const entries = readers.map(
    ({ to, temporality, protocol, token, limit }) =>
      `{ type: otlp, protocol: ${protocol}, url: "${urls[to]}", temporality: ${temporality}, interval: 60, timeout: ${TIMEOUT_SECONDS}, cardinalityLimits: { default: ${limit} }, headers: { x-turn: t${token} } }`,
  );
  return `file_format: "1.1"\nlog_level: fatal\ndistribution: { tachymeter: { host: false, runtime: false, group: false, readers: [${entries.join(", ")}] } }`;
}

/** Runs one case. Returns the number of measurements, and the number that each destination in both lists has. */
async function reloaded({ before, after, troubles, isInFlight }: Case) {
  const backends = await receivers();
  const file = join(newFolder("reloaded-deltas"), "otel.yaml");
  const urls = backends.map(({ url }) => url);
  writeFileSync(file, textOf(before, urls));
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  const telemetry = start();
  const counter = telemetry.meterProvider.getMeter("law").createCounter("law.measurements");
  let count = 0;
  const add = (): void => {
    counter.add(1);
    count++;
  };
  try {
    add();
    await telemetry.forceFlush();
    add();
    before.forEach(({ to }) => {
      const backend = backends[to];
      const each = troubles[to];
      if (each === "none" || !isInFlight) return;
      // The first reload loads code, which delays both ends. An export that times out is sent again.
      if (each === "slow") backend?.next.push({ afterMillis: 50 });
      else backend?.next.push(each === "hang" ? "hang" : 503);
    });
    const flushed = isInFlight ? telemetry.forceFlush() : Promise.resolve();
    for (const { to } of isInFlight ? before : [])
      await backends[to]?.waitForRequest(() => (backends[to]?.requests.length ?? 0) > 1);
    add();
    writeFileSync(file, textOf(after, urls));
    const reload = new AbortController();
    const working = (async () => {
      for (; !reload.signal.aborted; await new Promise((next) => void setImmediate(next))) add();
    })();
    await telemetry.reload();
    reload.abort();
    await Promise.all([working, flushed]);
    add();
    await telemetry.forceFlush();
    add();
  } finally {
    await telemetry.shutdown();
    vi.unstubAllEnvs();
  }
  const stays = after.filter(({ to }) => before.some((each) => each.to === to));
  const counted = stays.map(({ to }) => ({ to, count: measurementsAt(backends[to]) }));
  await Promise.all(backends.map((backend) => backend.close()));
  return { counted, expected: stays.map(({ to }) => ({ to, count })) };
}

// The last value of each cumulative series, and deltas of other times.
function measurementsAt(backend: OtlpReceiver | undefined): number {
  const points = (backend?.requests ?? [])
    .filter(({ isAccepted }) => isAccepted)
    .flatMap(({ body }) => metricsOf(body))
    .flatMap((metric) =>
      metric.name === "law.measurements" && metric.kind === "sum"
        ? metric.points.map((point) => ({ ...point, isDelta: metric.temporality === "delta" }))
        : [],
    );
  const cumulative = new Map(
    points.filter(({ isDelta }) => !isDelta).map((each) => [each.startTimeUnixNano, each]),
  );
  const included = [...cumulative.values()];
  const deltas = points.filter(
    ({ isDelta, timeUnixNano: time }) =>
      isDelta && !included.some((each) => each.startTimeUnixNano < time && time < each.timeUnixNano),
  );
  return [...included, ...deltas].reduce((sum, { value }) => sum + value, 0);
}

test("each destination in both files gets each measurement once", { timeout: waitMillis * 10 }, async () => {
  collectWarnings();
  await fc.assert(
    fc.asyncProperty(cases, async (each) => {
      const { counted, expected } = await reloaded(each);
      expect(counted).toEqual(expected);
    }),
    { seed, numRuns: isLong ? 60 : 6, endOnFailure: true },
  );
});

test("a backend that hangs is replaced by another one, which gets all that was not delivered", async () => {
  collectWarnings();
  const [hanging, other] = [await otlpReceiver(), await otlpReceiver()];
  hanging.answer = "hang";
  const file = join(newFolder("reloaded-deltas"), "otel.yaml");
  const urls = [hanging.url, other.url];
  const reader = { temporality: "delta", protocol: "http/protobuf", token: 0, limit: 100 } as const;
  writeFileSync(file, textOf([{ ...reader, to: 0 }], urls));
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  const telemetry = start();
  const counter = telemetry.meterProvider.getMeter("law").createCounter("law.measurements");
  counter.add(1);
  const flushed = telemetry.forceFlush();
  await hanging.waitForRequest();
  counter.add(10);
  writeFileSync(file, textOf([{ ...reader, to: 1 }], urls));
  const reloading = telemetry.reload();
  counter.add(100);
  await reloading;
  counter.add(1_000);
  await Promise.all([telemetry.forceFlush(), flushed]);
  await telemetry.shutdown();
  vi.unstubAllEnvs();
  expect(measurementsAt(other)).toBe(1_111);
});

test.each([
  ["another tenant at the same URL", { headers: "x-scope-orgid: b" }],
  ["another backend with another temporality", { temporality: "cumulative", isElsewhere: true }],
] as const)("data that waits is not sent to %s", async (_, change: Partial<Waiting>) => {
  collectWarnings();
  const [first, second] = [await otlpReceiver(), await otlpReceiver()];
  first.next.push(503, 503);
  const file = join(newFolder("reloaded-deltas"), "otel.yaml");
  const given: Waiting = { headers: "x-scope-orgid: a", temporality: "delta", isElsewhere: false };
  const write = (each: Waiting): void =>
    writeFileSync(
      file,
      `file_format: "1.1"\nlog_level: fatal\ndistribution: { tachymeter: { host: false, runtime: false, group: false, readers: [{ type: otlp, url: "${(each.isElsewhere ? second : first).url}", temporality: ${each.temporality}, interval: 60, headers: { ${each.headers} } }] } }`,
    );
  write(given);
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  const telemetry = start();
  const counter = telemetry.meterProvider.getMeter("law").createCounter("law.measurements");
  counter.add(1);
  const flushed = telemetry.forceFlush();
  await first.waitForRequest(() => first.requests.length > 0);
  write({ ...given, ...change });
  await telemetry.reload();
  await flushed;
  counter.add(10);
  await telemetry.shutdown();
  vi.unstubAllEnvs();
  const ofFormer = first.requests.filter(
    ({ isAccepted, headers }) => isAccepted && headers["x-scope-orgid"] === "a",
  );
  const values = ofFormer.flatMap(({ body }) =>
    metricsOf(body).flatMap((metric) =>
      metric.name === "law.measurements" && metric.kind === "sum"
        ? metric.points.map(({ value }) => value)
        : [],
    ),
  );
  expect(values).toEqual([1]);
});

test("records in an outbox are delivered by the next process if a reload changes its directory", async () => {
  collectWarnings();
  const backend = await otlpReceiver();
  backend.answer = 503;
  const folder = newFolder("reloaded-deltas");
  const [file, former, next] = [join(folder, "otel.yaml"), join(folder, "former"), join(folder, "next")];
  const write = (directory: string): void =>
    writeFileSync(
      file,
      `file_format: "1.1"\nlog_level: fatal\ndistribution: { tachymeter: { host: false, runtime: false, group: false, exitTimeout: 0.5, readers: [{ type: otlp, url: "${backend.url}", temporality: delta, interval: 60, outbox: { directory: "${directory}" } }] } }`,
    );
  write(former);
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  const telemetry = start();
  telemetry.meterProvider.getMeter("law").createCounter("law.measurements").add(1);
  void telemetry.forceFlush();
  await backend.waitForRequest(() => backend.requests.length > 0);
  write(next);
  await telemetry.reload();
  await telemetry.shutdown();
  vi.unstubAllEnvs();
  backend.answer = "ok";
  const target = { url: `${backend.url}/v1/metrics` };
  expect(await flushOutbox(former, target, AbortSignal.timeout(waitMillis))).toMatchObject({ left: 0 });
  expect(measurementsAt(backend)).toBe(1);
});

interface Waiting {
  readonly headers: string;
  readonly temporality: "delta" | "cumulative";
  readonly isElsewhere: boolean;
}
