// Handles that facades, named metrics and instrumentations keep: their series live and are filtered like others.
import {
  context,
  createContextKey,
  type Context,
  type ContextManager,
  ROOT_CONTEXT,
} from "@opentelemetry/api";
import { AsyncLocalStorage } from "node:async_hooks";
import { Application, Messaging, TelemetryCollector } from "tachymeter/facades";
import { MeterProvider, type MeterProviderOptions } from "tachymeter/metrics";
import { afterEach, expect, test, vi } from "vitest";
import { deltaReader, metricsOf, PulledReader } from "../engine/pulled.ts";

afterEach(() => void vi.useRealTimers());

/** Records one measurement for a user by each kind of handle. */
function recordingOf(provider: MeterProvider): (user: string) => void {
  const collector = new TelemetryCollector({ meterProvider: provider });
  const counter = collector.registerCounter("named_total");
  const histogram = collector.registerHistogram("named_seconds");
  const gauge = collector.registerGauge("named");
  const bare = collector.registerCounter("bare_total");
  const bareTimes = collector.registerHistogram("bare_seconds");
  const application = new Application({ meterProvider: provider });
  const messaging = new Messaging({ meterProvider: provider });
  const timers = new Map<string, () => void>();
  const destinations = new Map<string, ReturnType<Messaging["destination"]>>();
  return (user) => {
    counter.increment(1, { user });
    histogram.observe(1, { user });
    gauge.increment(1, { user });
    bare.increment();
    bareTimes.observe(1);
    let timer = timers.get(user);
    if (timer === undefined) timers.set(user, (timer = application.timer("call", { user })(() => {})));
    timer();
    let destination = destinations.get(user);
    if (destination === undefined) destinations.set(user, (destination = messaging.destination(user)));
    destination.sent();
    destination.processedNanos(5);
  };
}

const RECORDED = [
  "named_total",
  "named_seconds",
  "named",
  "bare_total",
  "bare_seconds",
  "application.call.duration",
  "messages.sent",
  "message.processing.duration",
];

async function seriesOf(reader: PulledReader): Promise<Record<string, readonly object[]>> {
  const metrics = metricsOf((await reader.collect()).resourceMetrics);
  const ours = metrics.filter(({ descriptor }) => RECORDED.includes(descriptor.name));
  return Object.fromEntries(
    ours.map(({ descriptor, dataPoints }) => [
      descriptor.name,
      dataPoints.map(({ attributes }) => attributes),
    ]),
  );
}

test("a series that is no longer recorded is removed after its time to live, though its handle is kept", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1_000_000 });
  const reader = new PulledReader();
  const record = recordingOf(new MeterProvider({ readers: [reader], seriesTimeToLive: 60 }));
  record("early");
  expect(Object.keys(await seriesOf(reader)).toSorted()).toEqual(RECORDED.toSorted());
  for (let minute = 0; minute < 3; minute++) {
    vi.advanceTimersByTime(40_000);
    record("late");
    await seriesOf(reader);
  }
  const users = Object.entries(await seriesOf(reader)).filter(([name]) => !name.startsWith("bare"));
  expect(users).toHaveLength(RECORDED.length - 2);
  for (const [name, sets] of users) expect([name, sets.length]).toEqual([name, 1]);
  vi.advanceTimersByTime(200_000);
  await seriesOf(reader);
  expect(await seriesOf(reader)).toEqual({});
  record("early");
  expect((await reader.collect()).resourceMetrics.scopeMetrics.length).toBeGreaterThan(0);
  expect(await seriesOf(reader)).toMatchObject({ named_total: [{ user: "early" }], bare_seconds: [{}] });
});

test("each cycle of a delta reader has as many series as its limit, whatever former cycles had", async () => {
  const reader = deltaReader();
  const record = recordingOf(new MeterProvider({ readers: [reader], cardinalityLimit: 50 }));
  for (let cycle = 0; cycle < 3; cycle++) {
    for (let user = 0; user < 50; user++) record(`${cycle}-${user}`);
    for (const [name, sets] of Object.entries(await seriesOf(reader))) {
      expect([name, JSON.stringify(sets).includes("otel.metric.overflow")]).toEqual([name, false]);
    }
  }
});

test("a handle in the overflow series of one delta cycle has a series of its own in the next", async () => {
  const reader = deltaReader();
  const record = recordingOf(new MeterProvider({ readers: [reader], cardinalityLimit: 2 }));
  for (const user of ["a", "b", "late"]) record(user);
  await seriesOf(reader);
  record("late");
  for (const [name, sets] of Object.entries(await seriesOf(reader)))
    expect([name, JSON.stringify(sets).includes("otel.metric.overflow"), sets.length]).toEqual([
      name,
      false,
      1,
    ]);
});

test("registered metrics without measurements are also exported to readers that are added later", async () => {
  const provider = new MeterProvider({ readers: [new PulledReader()] });
  const collector = new TelemetryCollector({ meterProvider: provider });
  collector.registerCounter("named_total");
  collector.registerHistogram("named_seconds");
  await new Promise<void>((resolve) => void setImmediate(resolve));
  for (const reader of [deltaReader(), new PulledReader({ cardinalitySelector: () => 10 })]) {
    provider.addReader(reader);
    expect(await seriesOf(reader)).toEqual({ named_total: [{}], named_seconds: [{}] });
  }
});

test("a timer that is created for each call leaves nothing behind under delta temporality", async () => {
  const reader = deltaReader();
  const provider = new MeterProvider({ readers: [reader], cardinalityLimit: 10 });
  const application = new Application({ meterProvider: provider });
  for (let call = 0; call < 100; call++) {
    application.timer("call", { call })(() => {})();
    expect(await seriesOf(reader)).toMatchObject({ "application.call.duration": [{ call }] });
  }
});

const TENANT = createContextKey("tenant");

class TestContexts implements ContextManager {
  readonly #store = new AsyncLocalStorage<Context>();
  active(): Context {
    return this.#store.getStore() ?? ROOT_CONTEXT;
  }
  with<Args extends unknown[], Run extends (...args: Args) => ReturnType<Run>>(
    within: Context,
    run: Run,
    self?: ThisParameterType<Run>,
    ...args: Args
  ): ReturnType<Run> {
    return this.#store.run(within, () => Reflect.apply(run, self, args));
  }
  bind<Target>(_context: Context, target: Target): Target {
    return target;
  }
  enable(): this {
    return this;
  }
  disable(): this {
    return this;
  }
}

const BY_TENANT: Pick<MeterProviderOptions, "views"> = {
  views: [
    {
      instrumentName: "*",
      attributesProcessors: [{ process: (_, within) => ({ tenant: String(within?.getValue(TENANT)) }) }],
    },
  ],
};

test("a view's attribute processor is asked for each measurement, in the context of its caller", async () => {
  context.setGlobalContextManager(new TestContexts());
  try {
    const reader = new PulledReader();
    const record = recordingOf(new MeterProvider({ readers: [reader], ...BY_TENANT }));
    for (const tenant of ["a", "b", "a"]) {
      context.with(ROOT_CONTEXT.setValue(TENANT, tenant), () => record("u"));
    }
    const series = await seriesOf(reader);
    for (const name of RECORDED) {
      expect([name, series[name]]).toEqual([
        name,
        expect.arrayContaining([{ tenant: "a" }, { tenant: "b" }]),
      ]);
    }
  } finally {
    context.disable();
  }
});
