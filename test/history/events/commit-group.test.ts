import { Events } from "tachymeter/facades";
import { BacklogError } from "tachymeter/history";
import { EventStore } from "../../../src/history/parts.ts";
import { expect, test } from "vitest";
import { CommitGroup } from "../../../src/history/events/store.ts";
import type { StoredEvent } from "../../../src/history/store/stored.ts";
import { collectingProvider } from "../../kit/collecting.ts";

/** A store whose commits are controlled by the test. */
function slowStore<T>(): {
  readonly commit: (items: readonly T[]) => Promise<void>;
  groups: (readonly T[])[];
  next(error?: Error): void;
} {
  const groups: (readonly T[])[] = [];
  const waiting: ((error?: Error) => void)[] = [];
  return {
    groups,
    commit: (items) =>
      new Promise((resolve, reject) => {
        groups.push(items);
        waiting.push((error) => (error === undefined ? resolve() : reject(error)));
      }),
    next: (error) => waiting.shift()?.(error),
  };
}

const turn = (): Promise<void> => new Promise(setImmediate);

test("items added during a commit share the next one", async () => {
  const store = slowStore<number>();
  const group = new CommitGroup<number>(store.commit);
  const first = [group.add(1, 1), group.add(2, 1)];
  await turn();
  const second = [group.add(3, 1), group.add(4, 1)];
  await turn();
  expect(store.groups).toEqual([[1, 2]]);
  store.next();
  await Promise.all(first);
  await turn();
  expect(store.groups).toEqual([
    [1, 2],
    [3, 4],
  ]);
  store.next();
  await Promise.all(second);
  await group.flush();
});

test("a failed commit rejects the promises of its items, and the next commit continues", async () => {
  const store = slowStore<number>();
  const group = new CommitGroup<number>(store.commit);
  const first = group.add(1, 1);
  await turn();
  const second = group.add(2, 1);
  store.next(new Error("disk full"));
  await expect(first).rejects.toThrow("disk full");
  await turn();
  store.next();
  await expect(second).resolves.toBeUndefined();
});

test("a flush waits for earlier items only, even if more arrive all the time", async () => {
  const store = slowStore<number>();
  const group = new CommitGroup<number>(store.commit);
  let isFlushed = false;
  void group.add(1, 1);
  await turn();
  void group.add(2, 1);
  void group.flush().then(() => (isFlushed = true));
  for (const later of [3, 4]) {
    expect(isFlushed).toBe(false);
    store.next();
    await turn();
    void group.add(later, 1);
  }
  await turn();
  expect([isFlushed, store.groups]).toEqual([true, [[1], [2], [3]]]);
});

test("items beyond the limit are rejected, and accepted again once there is space", async () => {
  const store = slowStore<number>();
  const group = new CommitGroup<number>(store.commit);
  const first = group.add(1, 16 * 1024 * 1024);
  await expect(group.add(2, 1)).rejects.toThrow(BacklogError);
  await turn();
  const third = group.add(3, 1);
  store.next();
  await first;
  await turn();
  store.next();
  await expect(third).resolves.toBeUndefined();
});

test("an event rejected by the store is counted, and still recorded", async () => {
  const { provider, point } = collectingProvider();
  const store = slowStore();
  const events = new Events({ meterProvider: provider });
  events.keepIn(new EventStore({ appendEvents: (some) => store.commit(some).then(() => []) }));
  const event = { event_type: "big", source: "test" };
  events.record({ ...event, data: "x".repeat(16 * 1024 * 1024) });
  expect(events.record(event)).toBeDefined();
  expect(events.recent()).toHaveLength(2);
  expect(await point("telemetry.events.dropped", { reason: "buffer_full" })).toBe(1);
});

test("long names of events count toward the limit, as their data does", async () => {
  const store = slowStore<StoredEvent>();
  const eventStore = new EventStore({ appendEvents: (some) => store.commit(some).then(() => []) });
  const events = new Events();
  events.keepIn(eventStore);
  events.record({ event_type: "t".repeat(16 * 1024 * 1024), source: "test" });
  const event = events.record({ event_type: "small", source: "test" });
  await expect(eventStore.keep(event!)).rejects.toThrow(BacklogError);
});

test("at the end of a process all uncommitted items are returned, including those in progress", async () => {
  const store = slowStore();
  const eventStore = new EventStore({ appendEvents: (some) => store.commit(some).then(() => []) });
  const events = new Events();
  events.keepIn(eventStore);
  const event = { event_type: "a", source: "b" };
  events.record({ ...event, event_id: "under way" });
  await turn();
  events.record({ ...event, event_id: "waiting" });
  const taken: (readonly string[])[] = [];
  const storeNow = (pending: readonly StoredEvent[]): boolean => {
    taken.push(pending.map(({ id }) => id));
    return true;
  };
  eventStore.storePending(storeNow);
  expect(taken).toEqual([["under way", "waiting"]]);
  eventStore.storePending(storeNow);
  expect(taken).toHaveLength(1);
});

test("items stored at the end of a process are settled, and those that were not stored stay pending", async () => {
  const store = slowStore<number>();
  const group = new CommitGroup<number>(store.commit);
  const first = group.add(1, 1);
  await turn();
  const second = group.add(2, 1);
  const taken: (readonly number[])[] = [];
  group.storeUncommitted((items) => {
    taken.push(items);
    return false;
  });
  group.storeUncommitted((items) => {
    taken.push(items);
    return true;
  });
  await expect(second).resolves.toBeUndefined();
  store.next();
  await expect(first).resolves.toBeUndefined();
  await turn();
  expect(taken).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(store.groups).toEqual([[1]]);
});
