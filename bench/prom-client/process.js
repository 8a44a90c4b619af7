// One case with one library in a process of its own: `node process.js <library> <case>` prints the result as JSON.
import { collectGarbage, processorMillis } from "./measure.js";

const [library, name] = process.argv.slice(2);
const { default: client } = await import(library);

const METHODS = ["GET", "POST", "PUT", "DELETE"];
const ROUTES = ["/", "/orders", "/orders/:id", "/carts", "/carts/:id"];
const STATUSES = ["200", "201", "400", "404", "500"];
const CALLS = 2_000_000;
const SERIES = 10_000;

const labelNames = ["method", "route", "status"];

const cases = {
  "inc({ three labels })": () => {
    const counter = new client.Counter({ name: "requests_total", help: "Requests", labelNames });
    return perCall((i) =>
      counter.inc({ method: METHODS[i & 3], route: ROUTES[i % 5], status: STATUSES[(i >> 2) % 5] }),
    );
  },
  "inc()": () => {
    const counter = new client.Counter({ name: "calls_total", help: "Calls" });
    // More calls, since one takes a nanosecond: compiling the code must not count.
    return perCall(() => counter.inc(), 20 * CALLS);
  },
  "observe({ three labels }, value)": () => {
    const histogram = new client.Histogram({ name: "request_seconds", help: "Duration", labelNames });
    return perCall((i) =>
      histogram.observe(
        { method: METHODS[i & 3], route: ROUTES[i % 5], status: STATUSES[(i >> 2) % 5] },
        (i & 1023) / 100,
      ),
    );
  },
  "gauge.set({ three labels }, value)": () => {
    const gauge = new client.Gauge({ name: "open", help: "Open", labelNames });
    return perCall((i) =>
      gauge.set({ method: METHODS[i & 3], route: ROUTES[i % 5], status: STATUSES[(i >> 2) % 5] }, i),
    );
  },
  "summary.observe(value)": () => {
    const summary = new client.Summary({ name: "sizes", help: "Sizes" });
    return perCall((i) => summary.observe((i * 7919) % 10_007), CALLS / 10);
  },
  "metrics(), 10,000 series": () => {
    manyCounters();
    return perScrape();
  },
  "metrics(), 700 histograms": () => {
    const histogram = new client.Histogram({ name: "request_seconds", help: "Duration", labelNames: ["id"] });
    for (let i = 0; i < 700; i++) histogram.observe({ id: `shop-${i}` }, i / 100);
    return perScrape();
  },
  "memory of a series": () => memoryOf(manyCounters),
  "memory of a series with a label of its own": () => memoryOf(countersByUser),
};

async function memoryOf(make) {
  make(10);
  await client.register.metrics();
  client.register.clear();
  const before = collectGarbage();
  const counter = make(SERIES);
  const bytes = (collectGarbage() - before) / SERIES;
  if (counter === undefined) throw new Error("the counter is gone");
  return { unit: "bytes", value: bytes };
}

function countersByUser(count = SERIES) {
  const counter = new client.Counter({ name: "requests_total", help: "Requests", labelNames: ["user"] });
  for (let i = 0; i < count; i++) counter.inc({ user: `user-${i}` }, i);
  return counter;
}

// A hundred shops with a hundred routes.
function manyCounters(count = SERIES) {
  const counter = new client.Counter({
    name: "requests_total",
    help: "Requests",
    labelNames: ["shop", "route", "status"],
  });
  for (let i = 0; i < count; i++)
    counter.inc(
      {
        shop: `shop-${i % 100}`,
        route: `/orders/${Math.floor(i / 500)}`,
        status: STATUSES[Math.floor(i / 100) % 5],
      },
      i,
    );
  return counter;
}

function perCall(call, calls = CALLS) {
  for (let i = 0; i < calls / 4; i++) call(i);
  const millis = processorMillis(() => {
    for (let i = 0; i < calls; i++) call(i);
  });
  return { unit: "ns", value: (millis * 1e6) / calls };
}

async function perScrape() {
  for (let i = 0; i < 20; i++) await client.register.metrics();
  const begin = process.cpuUsage();
  for (let i = 0; i < 20; i++) await client.register.metrics();
  const { user, system } = process.cpuUsage(begin);
  return { unit: "ms", value: (user + system) / 1e3 / 20 };
}

console.log(JSON.stringify(await cases[name]()));
