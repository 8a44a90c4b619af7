// `npm run test:soak -- [--minutes 60] [--speed 24] [--bare]`: the fleet of the demo with everything on, in one group: history, alerts,
// anomalies, page, API, profiles and outbox, with two open tabs. Once an hour the process that serves is killed, and the
// collector is away for five minutes. No counter may fall, memory and files must stay bounded, and each line of log needs its
// reason. With `--speed 24` its clock runs 24 times as fast, by Debian's package `faketime`: an hour is a day. With `--bare` it is the
// fleet without Tachymeter: what its memory grows by is the application's own.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { freePort } from "./kit/free-port.js";
import { startCollector } from "./soak/collector.js";
import { Counters } from "./soak/counters.js";
import { Growth, filesOf } from "./soak/growth.js";
import { Logs } from "./soak/logs.js";
import { Members } from "./soak/members.js";
import { openTabs } from "./soak/tabs.js";

const MINUTE = 60_000;
const HOUR_MINUTES = 60;
// Within each hour.
const KILL_AT = 20;
const OUTAGE_FROM = 35;
const OUTAGE_TO = 40;
const OUTBOX_MINUTES = 5;
const MAX_AGE = 60;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    speed: { type: "string", default: "1" },
    bare: { type: "boolean", default: false },
  },
});
const speed = Number(values.speed);
const minutes = Number(values.minutes);
if (speed !== 1 && process.env.FAKETIME === undefined) {
  const words = ["-f", `+0 x${speed}`, process.execPath, ...process.argv.slice(1)];
  const { status, error } = spawnSync("faketime", words, { stdio: "inherit" });
  if (error !== undefined) console.error(`install Debian's package faketime: ${error.message}`);
  process.exit(status ?? 1);
}

const home = mkdtempSync(join(tmpdir(), "soak-"));
const problems = [];
const logs = new Logs(speed !== 1);
const counters = new Counters();
const growth = new Growth();
const collector = await startCollector();
const port = await freePort();
const group = join(home, "g");
mkdirSync(group);
const members = new Members({ home, group, port, collector: collector.url, logs, isBare: values.bare });
let tabs;
try {
  await members.start();
  if (!values.bare) tabs = await openTabs(`http://127.0.0.1:${port}`, 2);
  for (let minute = 1; minute <= minutes; minute++) {
    await pause(MINUTE);
    if (!values.bare) await useFleet(minute);
    growth.add(minute, await members.collectGarbage(), filesOf(home));
  }
  if (!values.bare) await catchUp();
} catch (error) {
  problems.push(error.stack);
} finally {
  problems.push(...((await tabs?.end()) ?? []));
  await members.end();
  await collector.end();
}
const files = filesOf(home);
const tables = [growth.table()];
if (!values.bare) {
  problems.push(...counters.problems(), ...growth.problems(files), ...logs.unexplained());
  tables.push(files.table(), logs.table(), counters.summary(), collector.summary());
}
for (const text of tables) console.log(`\n${text}`);
for (const problem of problems) console.log(`  ${problem}`);
console.log(`\n${problems.length === 0 ? 1 : 0} passed, ${problems.length === 0 ? 0 : 1} failed, 0 skipped`);
rmSync(home, { recursive: true, force: true, maxRetries: 5 });
process.exitCode = problems.length === 0 ? 0 : 1;

// Scrapes it, and once an hour kills its process that serves, and sends the collector away.
async function useFleet(minute) {
  const ofHour = minute % HOUR_MINUTES;
  if (ofHour === OUTAGE_FROM) collector.isAway = true;
  if (ofHour === OUTAGE_TO) collector.isAway = false;
  if (ofHour === KILL_AT) {
    const before = await members.scrape();
    counters.add(before, minute);
    console.log(`minute ${minute}: killed ${members.killServing()}`);
    await members.replace();
  }
  counters.add(await members.scrape(), minute);
}

// Waits until all that waited for the collector has arrived.
async function catchUp() {
  const deadline = Date.now() + OUTBOX_MINUTES * MINUTE;
  // Seconds; the newest collection may be on its way.
  const age = () => counters.latest(/^telemetry_outbox_age_seconds/) ?? Infinity;
  while (Date.now() < deadline) {
    counters.add(await members.scrape(), minutes);
    if (age() < MAX_AGE) return;
    await pause(MINUTE / 6);
  }
  problems.push(`the oldest record of the outbox is ${age()} s old after ${OUTBOX_MINUTES} minutes`);
}
