// A process with alerts: a stand-in of rules whose states outlive it, and their delivery. It is killed.
import { appendFileSync, existsSync, readFileSync } from "node:fs";

const { bundle, directory, journal, life, alerts, mode, webhook, pagerduty, secret, seed } = JSON.parse(
  process.argv[2],
);
const { AlertDelivery } = await import(bundle);

// Each line: number of the alert, its state, the seconds since the epoch at which it began.
const states = new Map();
const lines = existsSync(journal) ? readFileSync(journal, "utf8").split("\n") : [];
for (const [, number, state, since] of lines.map((line) => /^(\d+) (\w+) ([\d.]+)$/.exec(line) ?? [])) {
  if (number !== undefined) setState(Number(number), state, Number(since));
}

function setState(number, state, since) {
  const before = states.get(number);
  const alert = {
    name: `Alert${number}`,
    labels: { alertname: `Alert${number}`, group: String(number % 3) },
    annotations: { summary: `number ${number}` },
    value: number,
    activeAt: since,
  };
  if (state === "firing") states.set(number, { ...alert, state, firedAt: since });
  else if (before !== undefined) states.set(number, { ...before, state, resolvedAt: since });
}

// As the rules do it: the state is on disk before it is delivered.
function change(number, state) {
  const now = Date.now() / 1_000;
  appendFileSync(journal, `${number} ${state} ${now}\n`);
  setState(number, state, now);
}

let random = seed >>> 0;
function chance() {
  random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
  return random / 2 ** 32;
}

const delivery = new AlertDelivery(
  {
    receivers: [
      { type: "webhook", url: webhook, secret, headers: { "X-Life": String(life) } },
      { type: "pagerduty", url: `${pagerduty}?life=${life}`, routingKey: "r".repeat(32) },
    ],
    route: { groupBy: ["group"], groupWait: 0.03, groupInterval: 0.06 },
  },
  { directory, random: () => 0.01 },
);

function step() {
  for (let number = 0; number < alerts; number++) {
    const state = states.get(number)?.state;
    const next = state === "firing" ? "resolved" : "firing";
    if (mode === "flip" ? chance() < 0.1 : next === mode && (state !== undefined || next === "firing"))
      change(number, next);
  }
  delivery.update([...states.values()], Date.now() / 1_000);
}

step();
console.log("begun");
setInterval(step, 15);
