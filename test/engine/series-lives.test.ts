// Series under a time to live and a limit, compared with a model of a few lines.
import { diag } from "@opentelemetry/api";
import fc from "fast-check";
import { MeterProvider } from "tachymeter/metrics";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { snapshotSteps } from "../../src/translation/snapshot.ts";
import { collectSeries } from "../kit/collect-series.ts";
import { isLong, seed } from "../kit/test-length.ts";
import { OpenReader } from "./our-provider.ts";
import { pointsOf, PulledReader } from "./pulled.ts";

beforeEach(() => diag.disable());
afterEach(() => void vi.useRealTimers());

const timeToLive = 10;
const limit = 3;

type Step =
  | { readonly kind: "add" | "bind"; readonly user: number }
  | { readonly kind: "addBound" | "release"; readonly bound: number }
  | { readonly kind: "collect"; readonly afterSeconds: number };

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom("add", "add", "bind"), user: fc.nat({ max: 5 }) }),
  fc.record({ kind: fc.constantFrom("addBound", "release"), bound: fc.nat() }),
  fc.record({ kind: fc.constant("collect"), afterSeconds: fc.integer({ min: 1, max: 8 }) }),
);

test("a series lives while it is used or bound, then for its time to live, and then is removed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 60, size: "max" }), async (given) => {
      vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1_000_000 });
      const reader = new PulledReader();
      const provider = new MeterProvider({
        readers: [reader],
        seriesTimeToLive: timeToLive,
        cardinalityLimit: limit,
      });
      const counter = provider.getMeter("test").createCounter("c");
      const model = new Lives();
      const bound: { user: number | undefined; handle: ReturnType<typeof counter.bind> }[] = [];
      const [actual, expected]: [unknown[], unknown[]] = [[], []];
      for (const step of given) {
        if (step.kind === "add") {
          counter.add(1, { user: step.user });
          model.add(model.use(step.user));
        } else if (step.kind === "bind") {
          bound.push({ user: model.hold(step.user), handle: counter.bind({ user: step.user }) });
        } else if (step.kind === "collect") {
          vi.advanceTimersByTime(step.afterSeconds * 1_000);
          const points = pointsOf((await reader.collect()).resourceMetrics, "c");
          actual.push(new Map(points.map(([{ user }, value]) => [user, value])));
          expected.push(model.collect(Date.now() / 1_000));
        } else if ("bound" in step && bound.length > 0) {
          const { user, handle } = bound[step.bound % bound.length]!;
          if (step.kind === "addBound") {
            handle.add(1);
            model.add(user);
          } else {
            bound.splice(step.bound % bound.length, 1);
            handle.release();
            model.release(user);
          }
        }
      }
      expect(actual).toEqual(expected);
    }),
    { numRuns: isLong ? 20_000 : 200, seed },
  );
});

test("a snapshot in steps has the labels of series that another reader's collection has removed meanwhile", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1_000_000 });
  const [reader, other] = [new OpenReader(), new OpenReader()];
  const provider = new MeterProvider({ readers: [reader, other], seriesTimeToLive: timeToLive });
  const counter = provider.getMeter("test").createCounter("c");
  const users = Array.from({ length: 64 }, (_, user) => user);
  for (const user of users) counter.add(1, { user });
  const shown: unknown[] = [];
  for (const series of snapshotSteps(await collectSeries(reader.producer))) {
    if (series === undefined) continue;
    shown.push(Object.fromEntries(series.labels.map(({ name, value }) => [name, value])));
    if (shown.length > 1) continue;
    vi.advanceTimersByTime(timeToLive * 1_000);
    await collectSeries(other.producer);
    for (const user of users) counter.add(1, { user: `later ${user}` });
  }
  // The rest is not visited yet.
  expect(shown.slice(0, 63)).toEqual(users.slice(0, 63).map((user) => ({ user })));
});

interface Life {
  value: number;
  holds: number;
  usedAt: number;
}

const inUse = Infinity;

// Series by user; `undefined` is the overflow series.
class Lives {
  readonly #lives = new Map<number | undefined, Life>([[undefined, { value: 0, holds: 1, usedAt: inUse }]]);

  /** The series of a user that is about to record; created if there is room. */
  use(user: number): number | undefined {
    const life = this.#lives.get(user);
    if (life !== undefined) life.usedAt = inUse;
    else if (this.#lives.size > limit) return undefined;
    else this.#lives.set(user, { value: 0, holds: 0, usedAt: inUse });
    return user;
  }

  hold(user: number): number | undefined {
    const series = this.use(user);
    this.#lives.get(series)!.holds++;
    return series;
  }

  release(series: number | undefined): void {
    const life = this.#lives.get(series)!;
    life.holds--;
    life.usedAt = inUse;
  }

  add(series: number | undefined): void {
    this.#lives.get(series)!.value++;
  }

  collect(now: number): ReadonlyMap<unknown, number> {
    for (const [series, life] of this.#lives) {
      if (life.usedAt === inUse || life.holds > 0) life.usedAt = now;
      if (life.holds === 0 && life.usedAt <= now - timeToLive) this.#lives.delete(series);
    }
    const recorded = [...this.#lives].filter(([, { value }]) => value > 0);
    return new Map(recorded.map(([series, { value }]) => [series, value]));
  }
}
