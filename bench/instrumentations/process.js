// One contender of one row, in a process of its own: node process.js <live, time or garbage> <row> <contender> [<url>].
// Writes its result as JSON; of `live`, tells it to the process that forked it.
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

// Has messages go for as many milliseconds as it is told to, each time that it is told; tells messages a second, and
// microseconds of the processors' time a message.
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

// The library is there before the hook, so that its methods do nothing already when they are replaced.
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
