// The measurements, their bounds, and the table.

const ALL = ["tachymeter", "sqlite", "duckdb"];
const alone = { part: "handover", contenders: ["tachymeter"], unit: "ms" };
const points = { part: "points", contenders: ALL, unit: "ms" };
const days = { part: "days", contenders: ALL, unit: "ms" };
const happenings = { part: "happenings", contenders: ALL };

/**
 * Rows of the table. Bounds apply to the figure itself; those in `times` to the factor by which it is less than
 * SQLite's.
 */
export const rows = [
  { ...alone, title: "main thread, 10,000 series: collect, encode and send", must: 4, goal: 1 },
  { ...alone, title: "main thread, 10,000 series: collect alone" },
  { ...alone, title: "main thread, 10,000 series: encode alone" },
  { ...alone, title: "main thread, 10,000 series: send alone" },
  { ...points, title: "ingest of a collection of 2,000 series, mean", times: { must: 15, goal: 30 } },
  { ...points, title: "ingest of a collection of 2,000 series, median" },
  { ...points, title: "ingest of a collection of 2,000 series, longest" },
  { ...points, title: "bytes per point, mixed", unit: "B", must: 9, goal: 6 },
  { ...points, title: "last hour of 20 series", must: 10, goal: 3 },
  { ...points, title: "mean by 10 min, 20 series of 2 million points", must: 15, goal: 3 },
  { ...points, title: "mean by 1 min, 20 series of 2 million points", must: 15, goal: 3 },
  { ...points, title: "p95 of each of the 100 series of a metric", must: 40, goal: 20 },
  { ...days, title: "30 days, 200 series: mean by hour", must: 100, goal: 20 },
  { ...days, title: "30 days, 200 series: mean by hour of one metric's 20 series" },
  { ...days, title: "30 days, 200 series: writing all of it" },
  { ...days, title: "bytes per point, 30 days", unit: "B" },
  {
    ...happenings,
    title: "events stored per second, in groups of 1,000",
    unit: "/s",
    atLeast: true,
    must: 50_000,
    goal: 100_000,
  },
  { ...happenings, title: "200,000 events by type and a field", unit: "ms", must: 60, goal: 25 },
];

/** The table as Markdown. */
export function markdown({ date, machine, versions, rounds }, chosen, medians) {
  return `# Speed and size of the history

Made by \`npm run bench:history\` on ${date.slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores, ${machine.platform},
Node.js ${versions.node}. Each figure is the median of ${rounds} processes. Tachymeter is compared, on the same
data, with SQLite (WAL, \`synchronous = FULL\`, one transaction per collection) and with DuckDB, both with one row for each
point. Tachymeter's queries pass through its thread; those of the others run directly in their process.

| | tachymeter | SQLite, one row for each point | DuckDB | must | goal | |
|---|---|---|---|---|---|---|
${chosen.map((row) => line(row, medians)).join("\n")}
`;
}

function line({ title, unit, contenders, must, goal, times, atLeast }, medians) {
  const [mine, sqlite, duckdb] = ALL.map((contender) => medians.get(`${contender} ${title}`));
  const shown = [mine, sqlite, duckdb].map((value, i) =>
    contenders.includes(ALL[i]) ? amount(value, unit) : "",
  );
  if (times !== undefined) {
    const factor = sqlite / mine;
    shown[0] += ` (${digits(factor)} × faster)`;
    return `| ${title} | ${shown.join(" | ")} | ${times.must} × | ${times.goal} × | ${verdict(factor, times, true)} |`;
  }
  const bounds =
    must === undefined
      ? ["", "", ""]
      : [amount(must, unit), amount(goal, unit), verdict(mine, { must, goal }, atLeast)];
  return `| ${title} | ${shown.join(" | ")} | ${bounds.join(" | ")} |`;
}

function verdict(value, { must, goal }, atLeast = false) {
  const reaches = (bound) => (atLeast ? value >= bound : value <= bound);
  return reaches(goal) ? "goal" : reaches(must) ? "must" : "**missed**";
}

function amount(value, unit) {
  return value === undefined ? "–" : `${digits(value)}${unit === "/s" ? "" : " "}${unit}`;
}

function digits(value) {
  if (value >= 100) return String(Math.round(value)).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
  return String(Number(value.toPrecision(2)));
}
