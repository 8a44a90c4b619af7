// The code under test.
import { metrics } from "@opentelemetry/api";

/** Places an order. */
export function place(channel, provider = metrics) {
  provider.getMeter("shop").createCounter("orders", { unit: "{order}" }).add(1, { channel });
}
