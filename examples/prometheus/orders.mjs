// Common part of all four programs: metrics, and a counter of orders.
import { metrics } from "@opentelemetry/api";
import { start } from "tachymeter";
import { PrometheusExporter } from "tachymeter/prometheus";

/** Serves the metrics of this program over the program's own server. */
export const exporter = new PrometheusExporter({ preventServerStart: true });
start({ serviceName: "shop", readers: [exporter], host: false, runtime: false });

const orders = metrics.getMeter("shop").createCounter("orders", { unit: "{order}" });

/** Counts an order. */
export function order() {
  orders.add(1, { channel: "web" });
  return "thank you\n";
}

/** The address to listen on. */
export const host = "127.0.0.1";
export const port = Number(process.env.PORT ?? 8080);

/** Prints the address. */
export function announce(actualPort) {
  console.log(`http://${host}:${actualPort}`);
}
