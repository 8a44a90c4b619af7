import { metrics } from "@opentelemetry/api";
import fc from "fast-check";
import { Kernels } from "tachymeter/facades";
import { afterEach, expect, test } from "vitest";
import { collectingProvider } from "../kit/collecting.ts";

afterEach(() => metrics.disable());

const steps = fc.array(
  fc.record({
    call: fc.constantFrom("receive", "receive", "send", "launch", "terminate", "reset", "reset all"),
    id: fc.constantFrom("a", "b"),
  }),
  { maxLength: 40 },
);

test("messages recorded by handles have the same figures as those recorded by id", () => {
  fc.assert(
    fc.property(steps, (program) => {
      const byId = new Kernels({ meterProvider: collectingProvider().provider });
      const byHandle = new Kernels({ meterProvider: collectingProvider().provider });
      const handles = new Map(["a", "b"].map((id) => [id, byHandle.messagesOf(id)]));
      for (const { call, id } of program) {
        if (call === "receive") {
          byId.recordReceive(id);
          handles.get(id)!.receive();
        } else if (call === "send") {
          byId.recordSend(id);
          handles.get(id)!.send();
        } else {
          for (const kernels of [byId, byHandle]) {
            if (call === "launch" || call === "terminate") kernels[call](id);
            else kernels.reset(call === "reset" ? id : undefined);
          }
        }
      }
      expect(counts(byHandle)).toEqual(counts(byId));
    }),
  );
});

test("a handle records for the provider that is registered later, and with the other facades on it", async () => {
  const kernels = new Kernels();
  const messages = kernels.messagesOf("a");
  messages.receive();
  const { provider, collect } = collectingProvider();
  metrics.setGlobalMeterProvider(provider);
  new Kernels().recordReceive("a");
  messages.receive();
  messages.receive();
  expect(new Kernels().getTelemetry("a")?.messagesReceived).toBe(4);
  const received = (await collect()).scopeMetrics
    .flatMap((scope) => scope.metrics)
    .find(({ descriptor }) => descriptor.name === "kernel.messages.received");
  expect(received?.dataPoints.map(({ value }) => value)).toEqual([4]);
});

test("a handle of a kernel that was dropped counts in its new record", () => {
  const kernels = new Kernels({ meterProvider: collectingProvider().provider });
  const messages = kernels.messagesOf("first");
  messages.receive();
  kernels.terminate("first");
  for (let i = 0; i < 10_000; i++) kernels.launch(`kernel-${i}`);
  expect(kernels.getTelemetry("first")).toBeUndefined();
  // There is no room: the message is counted under `_other`.
  messages.receive();
  expect(kernels.getTelemetry("first")).toBeUndefined();
  kernels.terminate("kernel-0");
  messages.receive();
  expect(kernels.getTelemetry("first")?.messagesReceived).toBe(1);
});

function counts(kernels: Kernels): readonly unknown[] {
  return [...kernels.getAllTelemetry().values()].map(
    ({ kernelId, state, messagesReceived, messagesSent, messagesProcessed }) => ({
      kernelId,
      state,
      messagesReceived,
      messagesSent,
      messagesProcessed,
    }),
  );
}
