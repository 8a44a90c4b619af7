// One contender of one row, in its own process. Writes its result as JSON; for `live`, sends it to the parent process.
//
// `node process.js <live, time or garbage> <row> <contender> [<url>]`
import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";
import { garbage, mustBe, time } from "../measure.js";
import { enable } from "./hooks.js";
import { rows } from "./rows.js";

const [kind, name, contender, url] = process.argv.slice(2);
const row = rows[name];
if (kind === "live") await live();
else {
  console.log(JSON.stringify(await own({ time, garbage }[kind])));
  process.exit();
}

// Runs messages for the requested number of milliseconds, for each request. Reports messages per second, and
// microseconds of processor time per message.
async function live() {
  const hook = await enable(row.library, contender);
  const send = await row.live(url, row.batch);
  let sent = 0;
  const turn = async (millis) => {
    const cpu = process.cpuUsage();
    const started = performance.now();
    let messages = 0;
    for (; performance.now() - started < millis; messages += row.batch) await send();
    const seconds = (performance.now() - started) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    sent += messages;
    if (contender !== "none") mustBe((await hook.count(row.metric)) >= sent, true);
    process.send({ rate: messages / seconds, cpuMicros: (user + system) / messages });
  };
  process.on("message", (millis) => void turn(millis));
  process.on("disconnect", () => process.exit());
  process.send("ready");
}

// The library is loaded before the instrumentation, so that its methods already do nothing when they are replaced.
async function own(measure) {
  const require = createRequire(import.meta.url);
  const files = row.own.files();
  row.own.stub(...files.map((file) => require(file)));
  const hook = await enable(row.library, contender);
  const call = row.own.make(...files.map((file) => require(file)));
  const total = () => hook.count(row.metric);
  return measure({
    run: (_start, n) => call(n),
    total: contender === "none" ? () => 0 : total,
    expected: (calls) => (contender === "none" ? 0 : calls),
  });
}
