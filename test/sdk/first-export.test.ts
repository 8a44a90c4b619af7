import { start } from "tachymeter";
import { expect, onTestFinished, test, vi } from "vitest";
import { otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { grpcReceiver } from "../readers/otlp/grpc-receiver.ts";

// Otherwise processes that are deployed together would send at the same moment of each interval.
test("a reader's first export to a backend is at a random time within the interval", async () => {
  const receiver = await otlpReceiver();
  const random = vi.spyOn(Math, "random").mockReturnValue(1 / 3_600_000);
  onTestFinished(() => random.mockRestore());
  const readers = [{ type: "otlp", url: `${receiver.url}/v1/metrics`, interval: 3_600 } as const];
  const telemetry = start({ readers, host: false, runtime: false });
  onTestFinished(() => telemetry.shutdown());
  telemetry.meterProvider.getMeter("shop").createCounter("orders").add(1);
  await vi.waitFor(() => expect(receiver.requests.length).toBeGreaterThan(0));
});

test("a request over gRPC to a backend that hangs has its own time-out, and the next one follows alone", async () => {
  const receiver = await grpcReceiver();
  receiver.isHanging = true;
  const url = `http://${receiver.address}`;
  const readers = [{ type: "otlp", protocol: "grpc", url, interval: 0.5, timeout: 1 } as const];
  const telemetry = start({ readers, host: false, runtime: false });
  onTestFinished(() => telemetry.shutdown());
  telemetry.meterProvider.getMeter("shop").createCounter("orders").add(1);
  await vi.waitFor(() => expect(receiver.calls.length).toBeGreaterThan(2), { timeout: 10_000 });
  // One may end as the next begins.
  expect(receiver.open).toBeLessThan(3);
});

test.each(["http/json", "http/protobuf"] as const)(
  "requests over %s to a backend that hangs have their own time-out, and follow alone",
  async (protocol) => {
    const receiver = await otlpReceiver();
    receiver.answer = "hang";
    const url = `${receiver.url}/v1/metrics`;
    const readers = [{ type: "otlp", protocol, url, interval: 0.5, timeout: 1 } as const];
    const telemetry = start({ readers, host: false, runtime: false });
    onTestFinished(() => telemetry.shutdown());
    telemetry.meterProvider.getMeter("shop").createCounter("orders").add(1);
    await vi.waitFor(() => expect(receiver.requests.length).toBeGreaterThan(1), { timeout: 10_000 });
    // One may end as the next begins.
    expect(receiver.open).toBeLessThan(3);
  },
);
