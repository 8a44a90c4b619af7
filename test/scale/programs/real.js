// A process with the real exporter. All its series have the number of the collection as value.
import { once } from "node:events";
import { start } from "tachymeter";

const { url, directory, interval, series, first, catchUp, timeout } = JSON.parse(process.argv[2]);
const attributes = Array.from({ length: series }, (_, index) => ({ shop: `shop-${index}` }));
console.log("ready");
// All processes start their telemetry at the same time, as after a deployment.
await once(process.stdin, "data");
process.stdin.unref();
const telemetry = start({
  // The JSON document would call the callback as well.
  collectionInterval: 86_400,
  readers: [{ type: "otlp", url, interval, timeout, compression: "gzip", outbox: { directory, catchUp } }],
  host: false,
  runtime: false,
});
let collections = first - 1;
let atFirst;
telemetry.meterProvider
  .getMeter("scale")
  .createObservableCounter("jobs")
  .addCallback((result) => {
    atFirst ??= process.cpuUsage();
    collections++;
    for (const each of attributes) result.observe(collections, each);
    const { user, system } = process.cpuUsage(atFirst);
    const cpuMillis = (user + system) / 1_000 / Math.max(collections - first, 1);
    console.log(`collection ${collections} ${Date.now()} ${cpuMillis} ${process.memoryUsage.rss()}`);
  });
setInterval(() => {}, 1_000);
