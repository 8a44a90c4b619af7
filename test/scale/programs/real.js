// A process with the real exporter. All its series have the number of the collection as value.
import { start } from "tachymeter";

const { url, directory, interval, series, first } = JSON.parse(process.argv[2]);
const telemetry = start({
  readers: [{ type: "otlp", url, interval, outbox: { directory } }],
  host: false,
  runtime: false,
});
let collections = first - 1;
const attributes = Array.from({ length: series }, (_, index) => ({ shop: `shop-${index}` }));
telemetry.meterProvider
  .getMeter("scale")
  .createObservableCounter("jobs")
  .addCallback((result) => {
    collections++;
    for (const each of attributes) result.observe(collections, each);
    console.log(`collection ${collections}`);
  });
setInterval(() => {}, 1_000);
console.log("begun");
