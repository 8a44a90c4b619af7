// The results as Markdown.
import { figures } from "./cases.js";
import { median as middleOf } from "./measure.js";

/** Returns two tables: the cases with their bounds, and all other measurements. */
export function markdown({ date, machine, versions, rounds, measured }, cases, others) {
  const { node, v8: _, ...contenders } = versions;
  const packages = Object.entries(contenders).map(([name, version]) => `${name} ${version}`);
  return `# Speed and memory

Made by \`npm run bench\` on ${date.slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores, ${machine.platform},
Node.js ${node}, ${packages.join(", ")}. Each figure is the median of ${rounds} processes. Each process measures
one case of one contender, after it has used that contender as an application does. Compare the ratios: absolute times are those of
this machine on that day. All raw times are in \`results.json\`.

The project sets itself bounds: a change that misses "must" is mended, "goal" is what it aims at.
Reasons for some rows: \`bench/LIMITS.md\` in the repository.

${casesTable(cases, measured)}

${others.length === 0 ? "" : othersTable(others, measured)}`;
}

/** Returns the table of the cases with their bounds. */
export function casesTable(cases, measured) {
  return `| case | tachymeter | against | figure | must | goal | |
|---|---|---|---|---|---|---|
${cases.map((each) => caseRow(each, measured)).join("\n")}`;
}

function caseRow({ title, kind, of, against, must, goal }, measured) {
  const { figure, atLeast, unit } = figures[kind];
  const [mine, other] = [measured[of], measured[against]];
  if (mine === undefined || (other === undefined && kind !== "itself")) {
    return `| ${title} | | | not measured | | | |`;
  }
  const value = figure(mine.median, other?.median);
  const reaches = (bound) => (atLeast ? value >= bound : value <= bound);
  const verdict = reaches(goal) ? "goal" : reaches(must) ? "must" : "**missed**";
  const sign = atLeast ? "≥" : "≤";
  const named = other === undefined ? "" : `${amount(other.median, other.unit)} (${contenderOf(against)})`;
  const inUnit = (number) => (unit === undefined ? amount(number, mine.unit) : `${number} ${unit}`);
  const shown = unit === undefined ? amount(value, mine.unit) : `${digits(value)} ${unit}`;
  return `| ${title} | ${amount(mine.median, mine.unit)} | ${named} | ${shown}${spreadOf(mine.rounds)} | ${sign} ${inUnit(must)} | ${sign} ${inUnit(goal)} | ${verdict} |`;
}

// The spread of figures that are themselves medians of pairs of runs.
function spreadOf(rounds) {
  if (rounds[0].pairs === undefined) return "";
  const [lower, upper] = ["lower", "upper"].map((key) => digits(middleOf(rounds.map((round) => round[key]))));
  return ` (half of ${rounds[0].pairs} pairs from ${lower} to ${upper})`;
}

function othersTable(others, measured) {
  const rows = others.map((name) => {
    const { median, min, max, unit } = measured[name] ?? {};
    if (median === undefined) return `| ${name} | not measured | |`;
    return `| ${name} | ${amount(median, unit)} | ${digits(min)} – ${digits(max)} |`;
  });
  return `Further measurements, without a bound:

| measurement | median | smallest and largest of the processes |
|---|---|---|
${rows.join("\n")}
`;
}

function contenderOf(name) {
  return name.startsWith("floor") || name.startsWith("process")
    ? name.split(", ")[1]
    : name.split(", ").at(-1);
}

function amount(number, unit) {
  return `${digits(number)} ${unit}`;
}

// Three significant digits, the precision of these measurements.
function digits(number) {
  if (Math.abs(number) >= 100) return String(Math.round(number));
  return String(Number(number.toPrecision(3)));
}
