// All measurements by name; each runs in its own process.
import { useAsApplication, usePrometheusAsApplication } from "./application.js";
import * as many from "./collections.js";
import { otel } from "./contenders.js";
import { boxed, latencies } from "./data.js";
import { hosts } from "./host.js";
import { jsonFiles } from "./json.js";
import { garbage, memory, time, timeOnce } from "./measure.js";
import { encoded } from "./otlp.js";
import { mixed } from "./mixed.js";
import { outages } from "./outage.js";
import { stored } from "./outbox.js";
import * as into from "./recordings.js";
import { rendered } from "./renderings.js";
import { rings } from "./ring.js";
import { timedCalls } from "./timed-calls.js";
import * as scrapes from "./scrapes.js";

// In a process in which the contender was not used before.
const ALONE = ", nothing else used";
const SERIES = 100_000;
const exponential = { exponential: true };

const timed = {
  "floor, empty loop": () => into.emptyLoop(),
  "floor, bare cell": () => into.bareCell(),
  "floor, literal of 3 attributes": () => into.literals(),

  "bound add, tachymeter": () => into.boundCounter(),
  "bound add in a span not sampled, tachymeter": () => into.boundCounterInSpan(0),
  "bound add in a sampled span, tachymeter": () => into.boundCounterInSpan(1),
  "add without attributes, tachymeter": () => into.plainCounter("tachymeter"),
  "add without attributes, upstream": () => into.plainCounter("upstream"),
  "inc without labels, prom-client": () => into.plainPromCounter(),
  [`bound add${ALONE}, tachymeter`]: () => into.boundCounter(),
  [`add without attributes${ALONE}, upstream`]: () => into.plainCounter("upstream"),
  [`inc without labels${ALONE}, prom-client`]: () => into.plainPromCounter(),

  ...adds(3, 4),
  ...adds(3, 100),
  ...adds(3, 2000),
  ...adds(1, 100),
  ...adds(10, 100),

  "bound record, tachymeter": () => into.boundHistogram(),
  "record without attributes, upstream": () => into.plainHistogram("upstream"),
  "observe without labels, prom-client": () => into.plainPromHistogram(),
  "record of 3 attributes, tachymeter": () => into.attributedHistogram("tachymeter"),
  "record of 3 attributes, upstream": () => into.attributedHistogram("upstream"),
  "observe of 3 labels, prom-client": () => into.labelledPromHistogram(),
  "bound exponential record, tachymeter": () => into.boundHistogram(exponential),
  "exponential record without attributes, upstream": () => into.plainHistogram("upstream", exponential),
  "exponential record of 3 attributes, tachymeter": () => into.attributedHistogram("tachymeter", exponential),
  "exponential record of 3 attributes, upstream": () => into.attributedHistogram("upstream", exponential),

  ...facades("messaging.sent"),
  ...facades("destination.sent"),
  ...facades("kernels.recordReceive"),
  ...facades("commands.recordExecution"),
  ...facades("named counter"),
  ...facades("named counter, one label"),
};

const overflowing = { limit: 50 };

const wasteful = {
  "garbage, literal of 3 attributes": () => into.literals(),
  "garbage, bound add, tachymeter": () => into.boundCounter(),
  "garbage, add of 3 attributes, tachymeter": () => into.attributedCounter("tachymeter", 3, 100),
  "garbage, add of 3 attributes, upstream": () => into.attributedCounter("upstream", 3, 100),
  "garbage, inc of 3 labels, prom-client": () => into.labelledPromCounter(3, 100),
  "garbage, overflowing add of 3 attributes, tachymeter": () =>
    into.attributedCounter("tachymeter", 3, 2000, overflowing),
  "garbage, overflowing add of 3 attributes, upstream": () =>
    into.attributedCounter("upstream", 3, 2000, overflowing),
  "garbage, bound record, tachymeter": () => into.boundHistogram({}, boxed(latencies())),
  "garbage, record of 3 attributes, tachymeter": () =>
    into.attributedHistogram("tachymeter", {}, boxed(latencies())),
  "garbage, bound exponential record, tachymeter": () => into.boundHistogram(exponential, boxed(latencies())),
  "garbage, bound add in a sampled span, tachymeter": () => into.boundCounterInSpan(1),
};

const held = {
  "memory, counter, tachymeter": () => many.counterSeries("tachymeter"),
  "memory, counter with time to live, tachymeter": () =>
    many.counterSeries("tachymeter", { seriesTimeToLive: 3600 }),
  "memory, counter, upstream": () => many.counterSeries("upstream"),
  "memory, counter, prom-client": () => many.promCounterSeries(),
  "memory, counter after a collection, tachymeter": () => many.collectedCounterSeries("tachymeter"),
  "memory, counter after a collection, upstream": () => many.collectedCounterSeries("upstream"),
  "memory, histogram, tachymeter": () => many.histogramSeries("tachymeter"),
  "memory, histogram, upstream": () => many.histogramSeries("upstream"),
  "memory, histogram, prom-client": () => many.promHistogramSeries(),
  "memory, exponential histogram, tachymeter": () => many.histogramSeries("tachymeter", exponential),
};

const timedOnce = {
  "creating 100,000 series, tachymeter": () => many.creating("tachymeter"),
  "creating 100,000 series, upstream": () => many.creating("upstream"),
  "creating 100,000 series, prom-client": () => many.promCreating(),
  "collecting 100,000 series, tachymeter": () => many.collecting("tachymeter", false),
  "collecting 100,000 series, upstream": () => many.collecting("upstream", false),
  "collecting 100,000 changed series, tachymeter": () => many.collecting("tachymeter", true),
  "collecting 100,000 changed series, upstream": () => many.collecting("upstream", true),
  "walking 100,000 series, tachymeter": () => many.walking(),
  "collecting 10,000 observations, tachymeter": () => many.observing("tachymeter"),
  "collecting 10,000 observations, upstream": () => many.observing("upstream"),
  "walking 10,000 observations, tachymeter": () => many.observingAndWalking(),
};

const served = {
  ...contenders("scrape over HTTP", (contender) => scrapes.scraping(contender)),
  ...contenders("first scrape over HTTP", (contender) => scrapes.scrapingFirst(contender)),
  ...contenders("second scrape over HTTP", (contender) =>
    scrapes.scraping(contender, { runs: 1, warmUpRuns: 1 }),
  ),
  ...contenders("longest hold, scrape over HTTP", (contender) => scrapes.longestHold(contender)),
  ...contenders("p99 under load, scraped", (contender) => scrapes.scrapedUnderLoad(contender)),
  "main thread, plain scrape, tachymeter": () => scrapes.mainThreadOf("identity"),
  "main thread, compressed scrape, tachymeter": () => scrapes.mainThreadOf("gzip"),
};

/** Measurements by name. Each creates its subject and returns `{ unit, value }` with optional details. */
export const measurements = {
  ...mapped(timed, async (subject, name) => {
    if (!name.includes(ALONE)) await useContender(name);
    return time(await subject());
  }),
  ...mapped(mixed, async (subject) => time(await subject())),
  ...mapped(wasteful, async (subject, name) => {
    await useContender(name);
    return garbage(await subject());
  }),
  ...mapped(held, (subject) => memory(SERIES, subject())),
  ...mapped(timedOnce, async (subject) => timeOnce(await subject())),
  ...timedCalls,
  ...served,
  ...hosts,
  ...rings,
  ...encoded,
  ...rendered,
  ...jsonFiles,
  ...stored,
  ...outages,
};

function contenders(what, measure) {
  return Object.fromEntries(
    ["tachymeter", "upstream", "prom-client"].map((name) => [`${what}, ${name}`, () => measure(name)]),
  );
}

function adds(width, series) {
  const of = `${width === 1 ? "1 attribute" : `${width} attributes`}, ${series} series`;
  return {
    [`add of ${of}, tachymeter`]: () => into.attributedCounter("tachymeter", width, series),
    [`add of ${of}, upstream`]: () => into.attributedCounter("upstream", width, series),
    [`add of ${of}, prom-client`]: () => into.labelledPromCounter(width, series),
  };
}

function facades(which) {
  return {
    [`${which}, on tachymeter`]: () => into.facade("tachymeter", which),
    [`${which}, on upstream`]: () => into.facade("upstream", which),
  };
}

function mapped(subjects, measure) {
  return Object.fromEntries(
    Object.entries(subjects).map(([name, subject]) => [name, () => measure(subject, name)]),
  );
}

async function useContender(name) {
  if (name.endsWith("prom-client")) await usePrometheusAsApplication();
  else if (name.endsWith("upstream")) await useAsApplication(await otel.upstream());
  else if (name.endsWith("tachymeter")) await useAsApplication(await otel.tachymeter());
}
