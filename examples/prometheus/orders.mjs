// What all four programs have in common: metrics, and something to count.
import { metrics } from "@opentelemetry/api";
import { start } from "tachymeter";
import { PrometheusExporter } from "tachymeter/prometheus";

/** Serves the metrics of this program; the server is the program's own. */
export const exporter = new PrometheusExporter({ preventServerStart: true });
start({ serviceName: "shop", readers: [exporter], host: false, runtime: false });

const orders = metrics.getMeter("shop").createCounter("orders", { unit: "{order}" });

/** Takes an order. */
export function order() {
  orders.add(1, { channel: "web" });
  return "thank you\n";
}

/** Where to listen. */
export const host = "127.0.0.1";
export const port = Number(process.env.PORT ?? 8080);

/** Says where it listens. */
export function announce(actualPort) {
  console.log(`http://${host}:${actualPort}`);
}
