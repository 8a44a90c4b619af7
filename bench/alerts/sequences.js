// Rules over sequences of events: time of an event, and memory of a partial match.
//
// `npm run bench:alerts`. Each figure is the best of five processes.
import { spawnSync } from "node:child_process";
import { setFlagsFromString } from "node:v8";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { fromBuild } from "../build.js";
import { memory, mustBe, time } from "../measure.js";

const PROCESSES = 5;
const RULES = 100;
const KEYS = 1_000;
const PARTIALS = 10_000;

const FORMS = {
  sequence: (i) => `a${i} followed by b${i} within 1h by data.order`,
  absence: (i) => `a${i} not followed by b${i} within 1h by data.order`,
  silence: (i) => `absent a${i} for 1h by data.order`,
  count: (i) => `count a${i} >= 5 within 1h by data.order`,
  distinct: (i) => `distinct data.ip of a${i} >= 4 within 1h by data.order`,
};

// case | measurement | required | goal
const cases = [
  ["an event that concerns none of 100 rules", "other", "1 µs", "0.3 µs"],
  ...Object.keys(FORMS).map((form) => [`one that does, 1,000 keys: ${form}`, form, "20 µs", "3 µs"]),
  ...Object.keys(FORMS).map((form) => [`a partial match: ${form}`, `${form} bytes`, "500 B", "250 B"]),
];

const measurements = {
  other: () => timeOf("sequence", (i) => event("other", i % KEYS, i)),
  ...Object.fromEntries(
    Object.keys(FORMS).flatMap((form) => [
      [
        form,
        () =>
          timeOf(form, form === "sequence" || form === "absence" ? byTurns : (i) => event("a0", i % KEYS, i)),
      ],
      [`${form} bytes`, () => bytesOf(form)],
    ]),
  ),
};

// The second event of a key comes when half of the other keys have had their first one.
function byTurns(i) {
  const turn = i >> 1;
  return i % 2 === 0 ? event("a0", turn % KEYS, i) : event("b0", (turn + KEYS / 2) % KEYS, i);
}

/** Measures the time of an offer, with the events of `make`. */
async function timeOf(form, make) {
  const { Sequences } = await fromBuild("alerts/sequences/sequences.js");
  const sequences = new Sequences(rulesOf(form));
  // Made before, as the bus does, which is not measured.
  const events = Array.from({ length: 65_536 }, (_, i) => make(i));
  let offered = 0;
  return time({
    run(start, n) {
      for (let i = 0; i < n; i++) sequences.offer(events[(start + i) & 0xffff]);
      offered += n;
    },
    total: () => (sequences.dropped.late === 0 && sequences.dropped.unreadable === 0 ? offered : -1),
    expected: (calls) => calls,
  });
}

/** Measures the bytes of a partial match: of a sequence after its first event, of a window after all but one. */
async function bytesOf(form) {
  setFlagsFromString("--expose-gc");
  globalThis.gc = runInNewContext("gc");
  const { Sequences } = await fromBuild("alerts/sequences/sequences.js");
  return memory(PARTIALS, {
    make(count) {
      const sequences = new Sequences(rulesOf(form).slice(0, 1));
      const events = { sequence: 1, absence: 1, silence: 1, count: 4, distinct: 3 }[form];
      for (let i = 0; i < events; i++)
        for (let key = 0; key < count; key++) sequences.offer(event("a0", key, i));
      return sequences;
    },
    check: (sequences, count) => mustBe(sequences.partialMatches, count),
  });
}

function rulesOf(form) {
  return Array.from({ length: RULES }, (_, i) => ({ alert: `Rule${i}`, when: FORMS[form](i) }));
}

let id = 0;
const timestamp = new Date().toISOString();

// Strings from JSON are flat, as those of requests.
function event(type, key, value) {
  const text = JSON.stringify({
    event_id: `019a9f2c-7f3e-7000-8000-${String(id++).padStart(12, "0")}`,
    event_type: type,
    source: "shop",
    timestamp,
    data: { order: `order-${key}`, ip: `10.0.0.${value % 250}` },
    labels: {},
    metadata: {},
  });
  return JSON.parse(text);
}

const [, script, name] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
  if (name === undefined) await report();
  else console.log(JSON.stringify(await measurements[name]()));
}

async function report() {
  console.log("| case | best of 5 | must | goal |\n|---|---|---|---|");
  for (const [title, measured, must, goal] of cases) {
    const results = Array.from({ length: PROCESSES }, () => resultOf(measured));
    const best = Math.min(...results.map(({ min, value }) => min ?? value));
    const text = results[0].unit === "B" ? `${Math.round(best)} B` : `${(best / 1_000).toFixed(2)} µs`;
    console.log(`| ${title} | ${text} | ${must} | ${goal} |`);
  }
}

function resultOf(measured) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, measured], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
