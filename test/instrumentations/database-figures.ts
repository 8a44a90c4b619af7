// Recorded metrics of database clients.
import { setTimeout as sleep } from "node:timers/promises";
import type { Attributes } from "@opentelemetry/api";
import { expect, vi } from "vitest";
import type { Collecting } from "../kit/collecting.ts";
import { countOf, sumOf } from "./histogram-figures.ts";

/** Returns the count of each operation, by `<operation>[ <error type>]`. */
export async function operationCounts({ points }: Collecting): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { attributes, value } of await points("db.client.operation.duration")) {
    const words = [attributes["db.operation.name"], attributes["error.type"]];
    const key = words.filter((word) => word !== undefined).join(" ");
    counts[key] = (counts[key] ?? 0) + Number(Reflect.get(Object(value), "count"));
  }
  return counts;
}

/** Returns the attributes of one operation's series. */
export async function operationAttributes({ points }: Collecting, operation: string): Promise<Attributes> {
  const all = await points("db.client.operation.duration");
  return all.find(({ attributes }) => attributes["db.operation.name"] === operation)?.attributes ?? {};
}

/** Returns the figures of a pool by its name. */
export async function poolFigures(
  { point }: Collecting,
  name: string,
): Promise<{ idle: unknown; used: unknown; pending: unknown; max: unknown }> {
  const ofPool = { "db.client.connection.pool.name": name };
  const state = "db.client.connection.state";
  return {
    idle: await point("db.client.connection.count", { ...ofPool, [state]: "idle" }),
    used: await point("db.client.connection.count", { ...ofPool, [state]: "used" }),
    pending: await point("db.client.connection.pending_requests", ofPool),
    max: await point("db.client.connection.limit", ofPool),
  };
}

/** Returns the numbers of recorded times of a pool, and of its timeouts; without those that are missing. */
export async function poolTimes({ point }: Collecting, name: string): Promise<Record<string, unknown>> {
  const of = (metric: string): Promise<unknown> =>
    point(`db.client.connection.${metric}`, { "db.client.connection.pool.name": name });
  const times = {
    created: countOf(await of("create_time")),
    waited: countOf(await of("wait_time")),
    used: countOf(await of("use_time")),
    timeouts: await of("timeouts"),
  };
  return Object.fromEntries(Object.entries(times).filter(([, value]) => value !== undefined));
}

/**
 * Expects the times of an unused pool with one connection: the second of two requests waits while the first one holds the
 * connection. A third one gets a timeout, which is the pool's own.
 */
export async function expectPoolTimes<Connection>(
  collecting: Collecting,
  name: string,
  acquire: () => Promise<Connection>,
  release: (connection: Connection) => unknown,
): Promise<void> {
  const secondsOf = async (metric: string): Promise<number> => {
    const ofPool = { "db.client.connection.pool.name": name };
    return sumOf(await collecting.point(`db.client.connection.${metric}`, ofPool)) ?? 0;
  };
  const first = await acquire();
  const waitedBefore = await secondsOf("wait_time");
  const start = performance.now();
  const second = acquire();
  await sleep(50);
  await release(first);
  const held = await second;
  const elapsed = (performance.now() - start) / 1_000;
  expect(await poolTimes(collecting, name)).toEqual({ created: 1, waited: 2, used: 1 });
  const waited = (await secondsOf("wait_time")) - waitedBefore;
  for (const seconds of [waited, await secondsOf("use_time")]) expect(seconds).toBeGreaterThan(0.045);
  expect(waited).toBeLessThanOrEqual(elapsed);
  await expect(acquire()).rejects.toThrow(/time(d )?out/i);
  await release(held);
  await vi.waitFor(async () =>
    expect(await poolTimes(collecting, name)).toEqual({ created: 1, waited: 2, used: 2, timeouts: 1 }),
  );
}
