// The README's table of speed: its rows, and the compared packages with the files of their versions.

/** By the ends of the names of measurements. Tachymeter is first. */
export const CONTENDERS = {
  tachymeter: { title: "Tachymeter" },
  "upstream 3": {
    title: "`sdk-metrics`",
    file: "node_modules/@opentelemetry/sdk-metrics/package.json",
  },
  upstream: { title: "`sdk-metrics`", file: "../../node_modules/@opentelemetry/sdk-metrics/package.json" },
  "@prometheus-io/client": {
    title: "`@prometheus-io/client`",
    file: "../../node_modules/@prometheus-io/client/package.json",
  },
  "prom-client": { title: "`prom-client`", file: "../../node_modules/prom-client/package.json" },
};

// what | tachymeter | upstream | prom-client: measurements, without their last part
const table = `
\`add\` on a bound counter, or without attributes | bound add | add without attributes | inc without labels
\`add\` with three attributes, 100 series | add of 3 attributes, 100 series | add of 3 attributes, 100 series | add of 3 attributes, 100 series
\`record\` with three attributes | record of 3 attributes | record of 3 attributes | observe of 3 labels
memory of a histogram's series | memory, histogram | memory, histogram | memory, histogram
Prometheus' text of 10,000 series, processor time | rendering 10,000 counters | rendering 10,000 counters | rendering 10,000 counters
a scrape of 100,000 series over HTTP, processor time of the server | scrape over HTTP | scrape over HTTP | scrape over HTTP
`;

export const ROWS = table
  .trim()
  .split("\n")
  .map((line) => {
    const [what, tachymeter, upstream, prometheus] = line.split("|").map((cell) => cell.trim());
    return { what, tachymeter, upstream, prometheus };
  });

/** Returns the measurements of a row by contender. */
export function namesOf({ tachymeter, upstream, prometheus }) {
  const name = (contender) =>
    contender === "tachymeter" ? tachymeter : contender.startsWith("upstream") ? upstream : prometheus;
  return Object.fromEntries(
    Object.keys(CONTENDERS).map((contender) => [contender, `${name(contender)}, ${contender}`]),
  );
}

/** Returns the documents of results, that of the newest Node.js first: keys that are whole numbers are in their order. */
export function newestFirst(byMajor) {
  return Object.values(byMajor).toReversed();
}

/** Returns the table of a document of results, with its date, machine and versions. */
export function speed({ date, machine, versions, measured }, rows) {
  const titles = Object.entries(CONTENDERS).map(([contender, { title }]) =>
    versions[contender] === undefined ? title : `${title} ${versions[contender]}`,
  );
  const processes = rows.flatMap((row) =>
    Object.values(namesOf(row)).map((name) => measured[name].rounds.length),
  );
  return `| | ${titles.join(" | ")} | ratio to each |
|${"---|".repeat(titles.length + 2)}
${rows.map((row) => rowOf(row, measured)).join("\n")}

Medians of ${[...new Set(processes)].toSorted((a, b) => a - b).join(" or ")} processes each, ${date.slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores, Node.js ${versions.node}.
Compare the ratios.`;
}

function rowOf(row, measured) {
  const [ours, ...others] = Object.values(namesOf(row)).map((name) => measured[name]);
  const cells = [ours, ...others].map(({ median, unit }) => `${digits(median, 3)} ${unit}`);
  const ratios = others.map(({ median }) => `${digits(median / ours.median, 2)} ×`);
  return `| ${row.what} | ${cells.join(" | ")} | ${ratios.join(", ")} |`;
}

function digits(number, significant) {
  if (number >= 10 ** (significant - 1)) return Math.round(number).toLocaleString("en");
  return String(Number(number.toPrecision(significant)));
}
