// All contenders in one process, each with 50 instruments of all kinds, whose attributes have twenty shapes. Then one of
// them is measured, at a place of its own: no place in an application calls two SDKs. It shows what is left if V8 can't
// specialize a library for one kind of object.
import { prometheus } from "./baselines.js";
import { BOUNDARIES, otel } from "./contenders.js";
import { attributedCounter, labelledPromCounter } from "./recordings.js";

const INSTRUMENTS = 50;
const ROUNDS = 2_000;
const SHAPES = 20;
const KEYS = ["method", "route", "status", "host", "zone", "region", "version", "queue", "shard", "port"];
const VALUES = ["GET", "/orders", 200, "shop-1", "b", true, "1.4.2", "mail", 7, 443];

// Between one and ten attributes; no two shapes begin at the same key with the same step.
const shapes = Array.from({ length: SHAPES }, (_, i) => {
  const length = 1 + (i % KEYS.length);
  const step = i < KEYS.length ? 1 : 3;
  return Array.from({ length }, (__, k) => KEYS[(i + k * step) % KEYS.length]);
});

// Eight sets of each shape, made anew for each call, as literals are.
function attributesOf(shape, i) {
  const attributes = {};
  for (const key of shape) attributes[key] = i % 8 === 0 ? VALUES[KEYS.indexOf(key)] : `${key} ${i % 8}`;
  return attributes;
}

const otelKinds = [
  (meter, name) => recorderOf(meter.createCounter(name), "add"),
  (meter, name) => recorderOf(meter.createUpDownCounter(name), "add"),
  (meter, name) => recorderOf(meter.createHistogram(name), "record"),
  (meter, name) => recorderOf(meter.createGauge(name), "record"),
];
const recorderOf = (instrument, method) => (value, attributes) => instrument[method](value, attributes);

const options = (name, labelNames) => ({ name, help: name, labelNames, registers: [] });
const prometheusKinds = [
  (name, labels) => {
    const counter = new prometheus.Counter(options(name, labels));
    return (value, attributes) => counter.inc(attributes, value);
  },
  (name, labels) => {
    const gauge = new prometheus.Gauge(options(name, labels));
    return (value, attributes) => gauge.set(attributes, value);
  },
  (name, labels) => {
    const histogram = new prometheus.Histogram({ ...options(name, labels), buckets: BOUNDARIES });
    return (value, attributes) => histogram.observe(attributes, value);
  },
  (name, labels) => {
    const gauge = new prometheus.Gauge(options(name, labels));
    return (value, attributes) => gauge.inc(attributes, value);
  },
];

// Names of labels are fixed for each metric of prom-client, so each instrument keeps to one shape.
async function useAll() {
  const sdks = [await otel.tachymeter(), await otel.upstream()];
  for (let i = 0; i < INSTRUMENTS; i++) {
    const shape = shapes[i % SHAPES];
    const record = [
      ...sdks.map(({ meter }) => otelKinds[i % otelKinds.length](meter, `mixed.${i}`)),
      prometheusKinds[i % prometheusKinds.length](`mixed_${i}`, shape),
    ];
    for (let round = 0; round < ROUNDS; round++)
      for (const each of record) each(round / 8, attributesOf(shape, round));
  }
  for (const { reader } of sdks) await reader.collect();
}

const subjects = {
  tachymeter: () => attributedCounter("tachymeter", 3, 4),
  upstream: () => attributedCounter("upstream", 3, 4),
  "prom-client": () => labelledPromCounter(3, 4),
};

/** A call with three attributes, of one of four series, after the use of all contenders. */
export const mixed = Object.fromEntries(
  Object.entries(subjects).map(([contender, subject]) => [
    `add of 3 attributes among 50 instruments of all contenders, ${contender}`,
    async () => {
      await useAll();
      return await subject();
    },
  ]),
);
