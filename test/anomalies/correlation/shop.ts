// A small shop: a server, a dependency over HTTP, a queue with two workers and a cache. Faults change its state.
import { createServer, type RequestListener } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { MeterProvider } from "tachymeter/metrics";
import { LiveSource } from "../../../src/query/live/live-source.ts";
import { SnapshotReader } from "../../../src/readers/reader.ts";
import { Random } from "../../kit/random.ts";

/** The state that a fault changes. */
export interface ShopState {
  billingMillis: number;
  isLeaking: boolean;
  /** Jobs that a tenant adds each 100 ms. */
  readonly jobs: Map<string, number>;
  readonly liveWorkers: Set<string>;
  lockMillis: number;
  retries: number;
}

/** A running shop. */
export interface Shop {
  readonly state: ShopState;
  readonly source: LiveSource;
  readonly close: () => Promise<void>;
}

const TENANTS = ["a", "b", "c"];
// Metrics that have nothing to do with the faults.
const OTHERS = 40;
const EACH_MILLIS = 100;
const CLIENTS = 10;

/** Starts a shop whose metrics are collected at an interval. */
export async function openShop(resolutionMillis: number, random: Random): Promise<Shop> {
  const reader = new SnapshotReader();
  const provider = new MeterProvider({ readers: [reader] });
  const meter = provider.getMeter("shop");
  const seconds = { unit: "s", advice: { explicitBucketBoundaries: [0.01, 0.1, 1] } };
  const requests = meter.createHistogram("shop.request.duration", seconds);
  const dependency = meter.createHistogram("dependency.duration", seconds);
  const waits = meter.createHistogram("job.wait.duration", seconds);
  const locks = meter.createHistogram("lock.hold.duration", seconds);
  const added = meter.createCounter("jobs.added");
  const worked = meter.createCounter("jobs.worked");
  const tries = meter.createCounter("dependency.tries");
  const state: ShopState = {
    billingMillis: 5,
    isLeaking: false,
    jobs: new Map(TENANTS.map((tenant) => [tenant, 1])),
    liveWorkers: new Set(["1", "2"]),
    lockMillis: 2,
    retries: 0,
  };
  const cache: Buffer[] = [];
  const queue: { readonly tenant: string; readonly addedMillis: number }[] = [];
  const gauge = (name: string, read: () => number): void =>
    meter.createObservableGauge(name).addCallback((result) => result.observe(read()));
  gauge("cache.entries", () => cache.length);
  gauge("cache.bytes", () => cache.reduce((sum, { length }) => sum + length, 0));
  gauge("queue.size", () => queue.length);
  for (let i = 0; i < OTHERS; i++) {
    let walk = 0;
    gauge(`other.${i}`, () => (i % 2 === 0 ? random.share() : (walk += random.share() - 0.5)));
  }

  const end = new AbortController();
  const timed = async (work: () => Promise<unknown>, done: (elapsed: number) => void): Promise<void> => {
    const started = performance.now();
    await work();
    done((performance.now() - started) / 1_000);
  };
  const billing = await listening(async () => await pause(state.billingMillis));
  const stock = await listening(async () => await pause(5));
  const call = async (name: string, url: string): Promise<void> =>
    await timed(
      async () => {
        for (let i = 0; i <= (name === "billing" ? state.retries : 0); i++) {
          tries.add(1, { dependency: name });
          await (await fetch(url)).text();
        }
      },
      (elapsed) => dependency.record(elapsed, { dependency: name }),
    );
  const shop = await listening(async () => {
    await timed(
      () => pause(state.lockMillis),
      (elapsed) => locks.record(elapsed),
    );
    await Promise.all([call("billing", billing.url), call("stock", stock.url)]);
  });
  const repeat = async (work: () => unknown): Promise<void> => {
    while (!end.signal.aborted) {
      await work();
      await pause(EACH_MILLIS * (0.6 + 0.8 * random.share()));
    }
  };
  const worker = (name: string): Promise<void> =>
    repeat(() => {
      if (!state.liveWorkers.has(name)) return;
      for (const { tenant, addedMillis } of queue.splice(0, 4)) {
        waits.record((performance.now() - addedMillis) / 1_000, { tenant });
        worked.add(1, { worker: name });
      }
    });
  const running = [
    ...Array.from({ length: CLIENTS }, () =>
      repeat(() =>
        timed(
          async () => await (await fetch(shop.url)).text(),
          (elapsed) => requests.record(elapsed),
        ),
      ),
    ),
    repeat(() => {
      for (const [tenant, count] of state.jobs) {
        for (let i = 0; i < count; i++) queue.push({ tenant, addedMillis: performance.now() });
        added.add(count, { tenant });
      }
      if (state.isLeaking) cache.push(Buffer.alloc(200_000));
    }),
    worker("1"),
    worker("2"),
  ];
  const source = new LiveSource({
    resolutionMillis,
    maxBytes: 64 * 1024 ** 2,
    translation: {},
    collect: (use) => reader.collected(use),
  });
  source.begin();
  return {
    state,
    source,
    close: async () => {
      end.abort();
      await Promise.all(running);
      source.end();
      for (const { close } of [shop, billing, stock]) close();
      await provider.shutdown();
    },
  };
}

async function listening(
  work: () => Promise<void>,
): Promise<{ readonly url: string; readonly close: () => void }> {
  const answer: RequestListener = (_, response) => void work().then(() => response.end("ok"));
  const server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
