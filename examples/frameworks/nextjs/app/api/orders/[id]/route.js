import { metrics } from "@opentelemetry/api";

const orders = metrics.getMeter("shop").createCounter("orders", { unit: "{order}" });

export async function GET(_request, { params }) {
  orders.add(1, { channel: "web" });
  return new Response(`order ${(await params).id}\n`);
}
