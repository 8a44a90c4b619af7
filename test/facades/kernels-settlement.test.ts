import fc from "fast-check";
import { Kernels } from "tachymeter/facades";
import { expect, test } from "vitest";
import { collectingProvider } from "../kit/collecting.ts";
import { runs } from "../kit/test-length.ts";

test("a message is settled once, by the first of reply, processing and error", () => {
  const kernels = new Kernels();
  kernels.recordReceive("a");
  kernels.recordSend("a");
  kernels.recordProcessed("a");
  kernels.recordError("a", new Error("late"));
  expect(kernels.getTelemetry("a")).toMatchObject({
    messagesReceived: 1,
    messagesSent: 1,
    messagesProcessed: 1,
    errors: 1,
    errorRate: 0.5,
  });
});

test("a message that an error settles is not processed, and a later reply to it is only sent", () => {
  const kernels = new Kernels();
  kernels.recordReceive("a");
  kernels.recordError("a", new TypeError("broken"));
  kernels.recordSend("a");
  expect(kernels.getTelemetry("a")).toMatchObject({
    messagesSent: 1,
    messagesProcessed: 0,
    errors: 1,
    errorRate: 1,
  });
});

test("processing without an outstanding message does not count", () => {
  const kernels = new Kernels();
  kernels.recordProcessed("a");
  kernels.recordSend("a");
  expect(kernels.getTelemetry("a")).toMatchObject({
    messagesReceived: 0,
    messagesSent: 1,
    messagesProcessed: 0,
  });
});

// The settlement rules, as slow and simple as possible: a list of messages, oldest first.
class NaiveKernel {
  totals = { received: 0, sent: 0, processed: 0, errors: 0 };
  figures = { received: 0, sent: 0, processed: 0, errors: 0 };
  waiting: { isOld: boolean }[] = [];

  receive(): void {
    this.totals.received++;
    this.figures.received++;
    this.waiting.push({ isOld: false });
  }
  send(): void {
    this.totals.sent++;
    this.figures.sent++;
    this.process();
  }
  process(): void {
    const message = this.waiting.shift();
    if (message === undefined) return;
    this.totals.processed++;
    if (!message.isOld) this.figures.processed++;
  }
  fail(): void {
    this.totals.errors++;
    this.figures.errors++;
    this.waiting.shift();
  }
  reset(): void {
    this.figures = { received: 0, sent: 0, processed: 0, errors: 0 };
    this.waiting = this.waiting.map(() => ({ isOld: true }));
  }
  relaunch(): void {
    this.reset();
    this.waiting = [];
  }
}

const calls = fc.array(
  fc.constantFrom("receive", "receive", "send", "process", "process", "fail", "reset", "relaunch"),
  { maxLength: 60 },
);

test("processed never exceeds received, and all figures equal those of the naive model", async () => {
  await fc.assert(
    fc.asyncProperty(calls, async (sequence) => {
      const collecting = collectingProvider();
      const kernels = new Kernels({ meterProvider: collecting.provider });
      const naive = new NaiveKernel();
      kernels.launch("k");
      for (const call of sequence) {
        if (call === "receive") kernels.recordReceive("k");
        else if (call === "send") kernels.recordSend("k");
        else if (call === "process") kernels.recordProcessed("k");
        else if (call === "fail") kernels.recordError("k", new Error("failed"));
        else if (call === "reset") kernels.reset("k");
        else {
          kernels.terminate("k");
          kernels.launch("k");
        }
        naive[call]();
        const now = kernels.getTelemetry("k")!;
        expect(now.messagesProcessed).toBeLessThanOrEqual(now.messagesReceived);
        expect(now).toMatchObject({
          messagesReceived: naive.figures.received,
          messagesSent: naive.figures.sent,
          messagesProcessed: naive.figures.processed,
          errors: naive.figures.errors,
        });
      }
      const kernel = { "kernel.id": "k" };
      expect(await collecting.point("kernel.messages.received", kernel)).toBe(naive.totals.received);
      expect(await collecting.point("kernel.messages.sent", kernel)).toBe(naive.totals.sent);
      expect(await collecting.point("kernel.messages.processed", kernel)).toBe(naive.totals.processed);
      expect(await collecting.point("kernel.errors", { ...kernel, "error.type": "Error" })).toBe(
        naive.totals.errors === 0 ? undefined : naive.totals.errors,
      );
    }),
    { numRuns: runs(200) },
  );
});
