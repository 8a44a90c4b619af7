import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { HistoryThread } from "../../../src/history/thread/index.ts";
import { Store } from "../../../src/history/store/index.ts";
import {
  DONE,
  FAILED,
  setAwaited,
  sharedWork,
  type ThreadMessage,
} from "../../../src/history/thread/message.ts";
import { packedEvents } from "../../../src/history/thread/packed.ts";
import { serve } from "../../../src/history/thread/served.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { limitedDisk } from "../store/limited-disk.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const OPTIONS = { readOnly: false, intervalMillis: 60_000, metricsMillis: 30 * DAY, maxBytes: 2 ** 30 };
const TEXTS = { type: "t", source: "s", data: "1", labels: "{}", metadata: "{}" };

function opened(
  path: string,
  eventsMillis = 7 * DAY,
): { add(id: string, ageMillis: number): void; ids(): unknown; close(): void } {
  const messages: ThreadMessage[] = [];
  const served = serve({ ...OPTIONS, path, eventsMillis }, (message) => messages.push(message), sharedWork());
  return {
    add(id, ageMillis) {
      const given = packedEvents([{ ...TEXTS, id, timeUnixMillis: Date.now() - ageMillis }]);
      served?.take({ id: 1, request: { kind: "appendEvents", given } });
    },
    ids() {
      served?.take({ id: 2, request: { kind: "events", given: {} } });
      const answer = messages.at(-1);
      if (answer?.kind !== "answer" || !Array.isArray(answer.value)) throw new Error("no events");
      return answer.value.map((event: object) => ("id" in event ? event.id : event));
    },
    close: () => void served?.close(),
  };
}

test("old data is removed when a store is opened, and hourly", () => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "setInterval", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const path = join(newFolder("served"), "history.db");
  const before = opened(path, 30 * DAY);
  vi.advanceTimersByTime(1_000);
  before.add("long ago", 8 * DAY);
  before.add("a week ago", 7 * DAY - HOUR / 2);
  before.add("now", 0);
  expect(before.ids()).toEqual(["long ago", "a week ago", "now"]);
  before.close();
  const store = opened(path);
  vi.advanceTimersByTime(1_000);
  expect(store.ids()).toEqual(["a week ago", "now"]);
  vi.advanceTimersByTime(HOUR);
  expect(store.ids()).toEqual(["now"]);
  store.close();
});

test("while data at the end of a process is awaited, computations fail and data is stored", async () => {
  const answers = new Map<number, ThreadMessage>();
  const work = sharedWork();
  const take = (message: ThreadMessage): void => void ("id" in message && answers.set(message.id, message));
  const store = serve({ ...OPTIONS, path: ":memory:", eventsMillis: 7 * DAY }, take, work);
  onTestFinished(() => void store?.close());
  const compute = {
    kind: "levelChanges",
    given: Float64Array.from({ length: 1_000 }, (_, i) => i % 7),
  } as const;
  setAwaited(work, true);
  const given = packedEvents([{ ...TEXTS, id: "a", timeUnixMillis: Date.now() }]);
  store?.take({ id: 1, request: { kind: "appendEvents", given } });
  store?.take({ id: 2, request: compute });
  await vi.waitFor(() => expect(answers.size).toBe(2));
  setAwaited(work, false);
  store?.take({ id: 3, request: compute });
  await vi.waitFor(() => expect(answers.size).toBe(3));
  expect([...answers.values()]).toEqual([
    { kind: "answer", id: 1, value: [] },
    {
      kind: "failure",
      id: 2,
      error: expect.objectContaining({ message: expect.stringContaining("cancelled") }),
    },
    expect.objectContaining({ kind: "answer", id: 3 }),
  ]);
});

test("a store that cannot be opened in this thread does not delay the end of the process", async () => {
  const path = join(newFolder("served"), "absent", "history.db");
  const thread = new HistoryThread({ ...OPTIONS, path, eventsMillis: 7 * DAY });
  await expect(thread.opened).rejects.toThrow("cannot be written");
  const begin = performance.now();
  const event = { ...TEXTS, id: "a", timeUnixMillis: Date.now() };
  expect(thread.appendSync({ events: [event] }, 20_000)).toBe(false);
  expect(performance.now() - begin).toBeLessThan(10_000);
  await thread.close();
});

test("the last data of a process counts as stored once it is on the disk, not in memory", () => {
  const disk = limitedDisk(join(newFolder("served"), "disk"));
  const path = join(disk.folder, "history.db");
  const warnings: string[] = [];
  const store = serve(
    { ...OPTIONS, path, eventsMillis: 7 * DAY, maxBytes: 4_000_000 },
    (message) => void (message.kind === "warning" && warnings.push(message.message)),
    sharedWork(),
  );
  onTestFinished(() => void store?.close());
  let id = 0;
  const requestOf = (length: number) => {
    const event = {
      ...TEXTS,
      id: `event ${++id}`,
      timeUnixMillis: Date.now(),
      data: `"${"x".repeat(length)}"`,
    };
    return { kind: "appendEvents", given: packedEvents([event]) } as const;
  };
  const outcomeOfLast = (): number => {
    const outcome = new Int32Array(new SharedArrayBuffer(4));
    store?.take({ id: ++id, request: requestOf(1), outcome });
    return Atomics.load(outcome, 0);
  };
  expect(outcomeOfLast()).toBe(DONE);
  while (warnings.length === 0) {
    disk.fill();
    store?.take({ id: ++id, request: requestOf(10_000) });
  }
  disk.fill();
  expect(outcomeOfLast()).toBe(FAILED);
  disk.free();
  expect(outcomeOfLast()).toBe(DONE);
  expect(warnings).toEqual([
    expect.stringContaining("data is kept in memory"),
    expect.stringContaining("writing to disk again"),
  ]);
  const reader = Store.open({ path, readOnly: true });
  expect(reader.events({ isLatestFirst: true, limit: 1 })[0]?.data).toBe('"x"');
  reader.close();
});
