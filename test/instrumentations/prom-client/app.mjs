// An application that uses the real prom-client only. It prints its own scrape, and runs until its standard input closes.
import client, { Counter, Registry } from "prom-client";

client.register.setDefaultLabels({ app: "shop" });
client.collectDefaultMetrics();
const orders = new Counter({ name: "orders_total", help: "Orders", labelNames: ["country"] });
orders.inc({ country: "nz" }, 2);
const sizes = new client.Histogram({ name: "size_bytes", help: "Sizes", buckets: [10, 20] });
for (const size of [5, 15, 25]) sizes.observe(size);
const waits = new client.Summary({ name: "wait_seconds", help: "Waits", percentiles: [0.5, 0.9] });
for (const wait of [1, 2, 3]) waits.observe(wait);
const other = new Registry();
const load = new client.Gauge({
  name: "load",
  help: "Load",
  registers: [other],
  async collect() {
    this.set(0.5);
  },
});
console.log(`own: ${JSON.stringify(await Registry.merge([client.register, other]).metrics())}`);
console.log("done", load.name);

process.stdin.resume().on("end", () => other.clear());
