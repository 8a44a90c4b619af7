// The results as Markdown.
import { median } from "../measure.js";

const MUST_PERCENT = 2;
// If half of the pairs spread further, the machine was too busy for a verdict.
const MAX_SPREAD_PERCENT = 10;
const MUST_NANOS = 150;
const MUST_SHARE = 3;

/**
 * Returns three tables: the effect of an instrumentation on a library's throughput, its own time per message, and its time in
 * calls of models.
 */
export function markdown({ date, machine, versions, pairs, measured }) {
  const { node, v8: _, "prom-client": __, ...packages } = versions;
  const names = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  const all = Object.entries(measured);
  const rows = all.filter(([, { mustMicros }]) => mustMicros === undefined);
  const models = all.filter(([, { mustMicros }]) => mustMicros !== undefined);
  return `# Cost of instrumentations

Made by \`npm run bench:instrumentations\` on ${date.slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores,
${machine.platform}, Node.js ${node}, ${names.join(", ")}. The brokers are real and run on
the same machine. Compare the ratios: absolute figures are those of this machine on that day. All raw figures are in
\`instrumentations.json\`.

## Throughput

Three processes take turns of a sixth of a second: without instrumentation, with ours, and with the same one on upstream's
SDK. Each change is the median of ${pairs} pairs of turns, with the range of half of the pairs in parentheses. The processor time
per message includes all threads of the process, and is less affected by other programs. If half of the pairs spread over
more than ${MAX_SPREAD_PERCENT} points, the machine was too busy for a verdict.

| messages | without | ours | on upstream's SDK | processor time: without, ours, upstream's | within ${MUST_PERCENT} % |
|---|---|---|---|---|---|
${rows.map(([name, row]) => throughputRow(name, row)).join("\n")}

## The instrumentation alone

Time of an instrumentation for one message in a process that does nothing else: the replaced methods do nothing. For
RabbitMQ and MQTT that is a message sent, received and processed. For a worker it is one message received and one sent, and
for piscina a task submitted, started and ended. Garbage is the memory that a message leaves to the garbage collector.

| messages | ours | on upstream's SDK | garbage, ours | garbage, upstream's | ≤ ${MUST_NANOS} ns | ≤ 1/${MUST_SHARE} of upstream's | no garbage |
|---|---|---|---|---|---|---|---|
${rows.map(([name, row]) => ownRow(name, row)).join("\n")}

## Calls of models

Processor time of the client of \`openai\` without a network: its \`fetch\` has the response at once. For the AI SDK, the
model has it. The difference is the median of the pairs of turns.

| what | without | ours | difference, ours | on upstream's SDK | must |
|---|---|---|---|---|---|
${models.map(([name, row]) => modelRow(name, row)).join("\n")}
`;
}

function modelRow(name, { live, mustMicros }) {
  const micros = (contender) => live[contender].map(({ cpuMicros }) => cpuMicros);
  const added = (contender) => median(micros(contender).map((each, i) => each - live.none[i].cpuMicros));
  const ours = added("tachymeter");
  const verdict = ours <= mustMicros ? "yes" : "**no**";
  return `| ${name} | ${digits(median(micros("none")))} µs | ${digits(median(micros("tachymeter")))} µs | ${digits(ours)} µs | ${digits(added("upstream"))} µs | ≤ ${mustMicros} µs: ${verdict} |`;
}

function throughputRow(name, { live }) {
  if (live === undefined) return `| ${name} | not measured: its server is not installed | | | | |`;
  const of = (contender, key) => median(live[contender].map((each) => each[key]));
  const cpu = ["none", "tachymeter", "upstream"].map((contender) => digits(of(contender, "cpuMicros")));
  const ours = changes(live, "tachymeter");
  const isQuiet = quartile(ours, 0.75) - quartile(ours, 0.25) <= MAX_SPREAD_PERCENT;
  const verdict = !isQuiet ? "undecided" : median(ours) >= -MUST_PERCENT ? "yes" : "**no**";
  return `| ${name} | ${digits(of("none", "rate"))} /s | ${spread(ours)} | ${spread(changes(live, "upstream"))} | ${cpu.join(", ")} µs | ${verdict} |`;
}

function ownRow(name, { time, garbage }) {
  const [ours, theirs] = [median(time.tachymeter), median(time.upstream)];
  const [left, theirLeft] = [median(garbage.tachymeter), median(garbage.upstream)];
  const says = (holds) => (holds ? "yes" : "**no**");
  return `| ${name} | ${digits(ours)} ns | ${digits(theirs)} ns | ${digits(left)} B | ${digits(theirLeft)} B | ${says(ours <= MUST_NANOS)} | ${says(ours * MUST_SHARE <= theirs)} | ${says(left < 1)} |`;
}

// Change of the throughput in percent, for each pair.
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

// Three significant digits, the precision of these measurements.
function digits(number) {
  if (Math.abs(number) < 0.05) return "0";
  if (Math.abs(number) >= 100) return String(Math.round(number));
  return String(Number(number.toPrecision(3)));
}
