import { expect, onTestFinished, test, vi } from "vitest";
import { CollectOnExit } from "../../src/sdk/collect-on-exit.ts";

test("a collector that hung is waited for again if the process ends at least a minute later", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let deliveries = 0;
  const deliverLast = (): undefined => void deliveries++;
  const last = new CollectOnExit([{ isDurable: false, flushSync: () => true, deliverLast }]);
  last.listen();
  onTestFinished(() => last.end());
  // The test process itself must not exit.
  const exit = (): void => process.listeners("exit")[0]?.(0);
  last.noteFlush(false, false);
  exit();
  expect(deliveries).toBe(0);
  vi.advanceTimersByTime(60_000);
  exit();
  expect(deliveries).toBe(1);
});
