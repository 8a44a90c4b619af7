// An application that uses the real prom-client only. It prints its own scrape, and runs until its standard input closes.
const client = require("prom-client");

client.register.setDefaultLabels({ app: "shop" });
client.collectDefaultMetrics();
new client.Counter({ name: "orders_total", help: "Orders", labelNames: ["country"] }).inc(
  { country: "nz" },
  2,
);
const sizes = new client.Histogram({ name: "size_bytes", help: "Sizes", buckets: [10, 20] });
for (const size of [5, 15, 25]) sizes.observe(size);
const waits = new client.Summary({ name: "wait_seconds", help: "Waits", percentiles: [0.5, 0.9] });
for (const wait of [1, 2, 3]) waits.observe(wait);
const other = new client.Registry();
const load = new client.Gauge({
  name: "load",
  help: "Load",
  registers: [other],
  async collect() {
    this.set(0.5);
  },
});
void client.Registry.merge([client.register, other])
  .metrics()
  .then((text) => {
    console.log(`own: ${JSON.stringify(text)}`);
    console.log("done", load.name);
  });

process.stdin.resume().on("end", () => other.clear());
