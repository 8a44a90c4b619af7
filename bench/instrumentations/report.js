// The results as Markdown.
import { median } from "../measure.js";

const MUST_PERCENT = 2;
// Where half of the pairs lie further apart, the machine was not quiet enough to tell.
const MAX_SPREAD_PERCENT = 10;
const MUST_NANOS = 150;
const MUST_SHARE = 3;

/** Two tables: what a hook takes of a library's throughput, and what the hook itself takes for a message. */
export function markdown({ date, machine, versions, pairs, measured }) {
  const { node, v8: _, "prom-client": __, ...packages } = versions;
  const names = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  const rows = Object.entries(measured);
  return `# What hooks cost

Made by \`npm run bench:instrumentations\` on ${date.slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores,
${machine.platform}, Node.js ${node}, ${names.join(", ")}. The brokers are real and run on
the same machine. Trust the ratios: absolute figures are those of this machine, on that day. All raw figures are in
\`instrumentations.json\`.

## Throughput

Without a hook, with ours, and with the very same hook on upstream's SDK: three processes that take turns of a sixth of
a second. Each change is the median of ${pairs} pairs of turns, in parentheses between what half of the pairs lie. The time
is the processors' for a message, of all threads of the process, which other programs' work changes less. Where half of the
pairs lie more than ${MAX_SPREAD_PERCENT} points apart, the machine was not quiet enough to tell.

| messages | without a hook | ours | on upstream's SDK | processors' time: without, ours, upstream's | within ${MUST_PERCENT} % |
|---|---|---|---|---|---|
${rows.map(([name, row]) => throughputRow(name, row)).join("\n")}

## The hook alone

What a hook takes for one message in a process that does nothing else: the methods that it replaces do nothing. With
RabbitMQ and MQTT that is a message sent, received and processed; with a worker one that is received and one that is
sent; with piscina a task that is handed in, started and ended. Garbage is what a message leaves to the collector.

| messages | ours | on upstream's SDK | garbage, ours | garbage, upstream's | ≤ ${MUST_NANOS} ns | ≤ 1/${MUST_SHARE} of upstream's | no garbage |
|---|---|---|---|---|---|---|---|
${rows.map(([name, row]) => ownRow(name, row)).join("\n")}
`;
}

function throughputRow(name, { live }) {
  if (live === undefined) return `| ${name} | not measured: its server is not installed | | | | |`;
  const of = (contender, key) => median(live[contender].map((each) => each[key]));
  const cpu = ["none", "tachymeter", "upstream"].map((contender) => digits(of(contender, "cpuMicros")));
  const ours = changes(live, "tachymeter");
  const isQuiet = quartile(ours, 0.75) - quartile(ours, 0.25) <= MAX_SPREAD_PERCENT;
  const verdict = !isQuiet ? "cannot tell" : median(ours) >= -MUST_PERCENT ? "yes" : "**no**";
  return `| ${name} | ${digits(of("none", "rate"))} /s | ${spread(ours)} | ${spread(changes(live, "upstream"))} | ${cpu.join(", ")} µs | ${verdict} |`;
}

function ownRow(name, { time, garbage }) {
  const [ours, theirs] = [median(time.tachymeter), median(time.upstream)];
  const [left, theirLeft] = [median(garbage.tachymeter), median(garbage.upstream)];
  const says = (holds) => (holds ? "yes" : "**no**");
  return `| ${name} | ${digits(ours)} ns | ${digits(theirs)} ns | ${digits(left)} B | ${digits(theirLeft)} B | ${says(ours <= MUST_NANOS)} | ${says(ours * MUST_SHARE <= theirs)} | ${says(left < 1)} |`;
}

// By how much the throughput changes, in percent, a pair each.
function changes(live, contender) {
  return live[contender].map(({ rate }, i) => (rate / live.none[i].rate - 1) * 100);
}

function spread(percents) {
  const [lower, upper] = [quartile(percents, 0.25), quartile(percents, 0.75)];
  return `${signed(median(percents))} % (${signed(lower)} to ${signed(upper)})`;
}

function quartile(percents, share) {
  return percents.toSorted((a, b) => a - b)[Math.round(share * (percents.length - 1))];
}

function signed(number) {
  return `${number > 0 ? "+" : ""}${number.toFixed(1)}`;
}

// Three significant digits, as many as such measurements have.
function digits(number) {
  if (Math.abs(number) < 0.05) return "0";
  if (Math.abs(number) >= 100) return String(Math.round(number));
  return String(Number(number.toPrecision(3)));
}
