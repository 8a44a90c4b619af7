// A function of AWS Lambda with the variables
//   NODE_OPTIONS=--import tachymeter/register
//   OTEL_EXPORTER_OTLP_ENDPOINT=https://…
//   OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta
import { metrics } from "@opentelemetry/api";
import { wrapHandler } from "tachymeter/lambda";

const orders = metrics.getMeter("shop").createCounter("orders", { unit: "{order}" });

export const handler = wrapHandler(async (event) => {
  orders.add(1, { channel: event.channel });
  return { statusCode: 200, body: "thank you\n" };
});
