// The loops of all contenders. Each process runs one of them, for one contender, so that V8's optimizations for one
// do not affect another. `order` holds the random series of each call; `start` is the index at which to continue in
// it.
export const ORDER_LENGTH = 65_536;
const MASK = ORDER_LENGTH - 1;

// Floors.

export function emptyLoop(n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (sum + i) | 0;
  return sum;
}

export function addToCell(cells, index, n) {
  for (let i = 0; i < n; i++) cells[index] += 1;
}

export function makeLiterals(sink, { methods, routes, statuses, order }, start, n) {
  for (let i = 0; i < n; i++) {
    const s = order[(start + i) & MASK];
    sink.literal = { method: methods[s], route: routes[s], status: statuses[s] };
  }
}

// Counters. A bound handle of Tachymeter and an instrument of either SDK have the same method.

export function add(counter, n) {
  for (let i = 0; i < n; i++) counter.add(1);
}

export function inc(counter, n) {
  for (let i = 0; i < n; i++) counter.inc();
}

export function addOne(counter, { routes, order }, start, n) {
  for (let i = 0; i < n; i++) counter.add(1, { route: routes[order[(start + i) & MASK]] });
}

export function incOne(counter, { routes, order }, start, n) {
  for (let i = 0; i < n; i++) counter.inc({ route: routes[order[(start + i) & MASK]] });
}

export function addThree(counter, { methods, routes, statuses, order }, start, n) {
  for (let i = 0; i < n; i++) {
    const s = order[(start + i) & MASK];
    counter.add(1, { method: methods[s], route: routes[s], status: statuses[s] });
  }
}

export function incThree(counter, { methods, routes, statuses, order }, start, n) {
  for (let i = 0; i < n; i++) {
    const s = order[(start + i) & MASK];
    counter.inc({ method: methods[s], route: routes[s], status: statuses[s] });
  }
}

export function addTen(counter, { methods, routes, statuses, order }, start, n) {
  for (let i = 0; i < n; i++) {
    const s = order[(start + i) & MASK];
    counter.add(1, {
      method: methods[s],
      route: routes[s],
      status: statuses[s],
      host: "shop-1",
      region: "eu-west",
      zone: "b",
      version: "1.4.2",
      protocol: "http",
      secure: true,
      port: 443,
    });
  }
}

export function incTen(counter, { methods, routes, statuses, order }, start, n) {
  for (let i = 0; i < n; i++) {
    const s = order[(start + i) & MASK];
    counter.inc({
      method: methods[s],
      route: routes[s],
      status: statuses[s],
      host: "shop-1",
      region: "eu-west",
      zone: "b",
      version: "1.4.2",
      protocol: "http",
      secure: true,
      port: 443,
    });
  }
}

// Histograms.

export function record(histogram, values, start, n) {
  for (let i = 0; i < n; i++) histogram.record(values[(start + i) & MASK]);
}

export function observe(histogram, values, start, n) {
  for (let i = 0; i < n; i++) histogram.observe(values[(start + i) & MASK]);
}

export function recordThree(histogram, values, { methods, routes, statuses, order }, start, n) {
  for (let i = 0; i < n; i++) {
    const at = (start + i) & MASK;
    const s = order[at];
    histogram.record(values[at], { method: methods[s], route: routes[s], status: statuses[s] });
  }
}

export function observeThree(histogram, values, { methods, routes, statuses, order }, start, n) {
  for (let i = 0; i < n; i++) {
    const at = (start + i) & MASK;
    const s = order[at];
    histogram.observe({ method: methods[s], route: routes[s], status: statuses[s] }, values[at]);
  }
}

// One measurement for each of `count` series.

export function addToEach(counter, { methods, routes, statuses }, count) {
  for (let s = 0; s < count; s++) {
    counter.add(1, { method: methods[s], route: routes[s], status: statuses[s] });
  }
}

export function incEach(counter, { methods, routes, statuses }, count) {
  for (let s = 0; s < count; s++) {
    counter.inc({ method: methods[s], route: routes[s], status: statuses[s] });
  }
}

export function recordToEach(histogram, { methods, routes, statuses }, count) {
  for (let s = 0; s < count; s++) {
    histogram.record(40, { method: methods[s], route: routes[s], status: statuses[s] });
  }
}

export function observeToEach(histogram, { methods, routes, statuses }, count) {
  for (let s = 0; s < count; s++) {
    histogram.observe({ method: methods[s], route: routes[s], status: statuses[s] }, 40);
  }
}

export function observeEach(result, { methods, routes, statuses }, count) {
  for (let s = 0; s < count; s++) {
    result.observe(s, { method: methods[s], route: routes[s], status: statuses[s] });
  }
}

// Facades.

export function send(messaging, n) {
  for (let i = 0; i < n; i++) messaging.sent("jobs");
}

export function sendBound(destination, n) {
  for (let i = 0; i < n; i++) destination.sent();
}

export function receive(kernels, n) {
  for (let i = 0; i < n; i++) kernels.recordReceive("resizer");
}

export function execute(commands, values, start, n) {
  for (let i = 0; i < n; i++) commands.recordExecution(true, values[(start + i) & MASK], "resize");
}

export function increment(counter, n) {
  for (let i = 0; i < n; i++) counter.increment();
}

export function incrementLabelled(counter, n) {
  for (let i = 0; i < n; i++) counter.increment(1, { type: "resize" });
}

// The same with fractional values for every other series and integers for the others, selected by `mixed`.

export function addMixedToEach(counter, { methods, routes, statuses }, count) {
  for (let s = 0; s < count; s++) {
    counter.add(mixed(s), { method: methods[s], route: routes[s], status: statuses[s] });
  }
}

export function incMixedToEach(counter, { methods, routes, statuses }, count) {
  for (let s = 0; s < count; s++) {
    counter.inc({ method: methods[s], route: routes[s], status: statuses[s] }, mixed(s));
  }
}

export function recordMixedToEach(histogram, { methods, routes, statuses }, count) {
  for (let s = 0; s < count; s++) {
    histogram.record(mixed(s), { method: methods[s], route: routes[s], status: statuses[s] });
  }
}

/** Records another value for each series in each round. */
export function recordSpreadToEach(histogram, { methods, routes, statuses }, count, round) {
  for (let s = 0; s < count; s++) {
    const value = mixed(s * 7 + round * 13);
    histogram.record(value, { method: methods[s], route: routes[s], status: statuses[s] });
  }
}

export function observeMixedToEach(histogram, { methods, routes, statuses }, count) {
  for (let s = 0; s < count; s++) {
    histogram.observe({ method: methods[s], route: routes[s], status: statuses[s] }, mixed(s));
  }
}

function mixed(s) {
  return s % 2 === 0 ? (s % 100) + 1 : Math.PI * ((s % 1000) + 1);
}
