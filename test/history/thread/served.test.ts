import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { sharedWork, type ThreadMessage } from "../../../src/history/thread/message.ts";
import { packedEvents } from "../../../src/history/thread/packed.ts";
import { serve } from "../../../src/history/thread/served.ts";
import { newFolder } from "../../kit/new-folder.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function opened(
  path: string,
  eventsMillis = 7 * DAY,
): { add(id: string, ageMillis: number): void; ids(): unknown; close(): void } {
  const messages: ThreadMessage[] = [];
  const options = {
    path,
    readOnly: false,
    intervalMillis: 60_000,
    metricsMillis: 30 * DAY,
    eventsMillis,
    maxBytes: 2 ** 30,
  };
  const served = serve(options, (message) => messages.push(message), sharedWork());
  return {
    add(id, ageMillis) {
      const texts = { id, type: "t", source: "s", data: "1", labels: "{}", metadata: "{}" };
      const given = packedEvents([{ ...texts, timeUnixMillis: Date.now() - ageMillis }]);
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
