// Tables of accuracy on NAB's series.
import { PROFILES, scoreOf, tally } from "./nab.js";
import { alarmsOf, DETECTORS, PARAMETERS, SENSITIVITIES } from "./subject.js";

// False alarms a day, three for each factor of two, between which the groups left out choose. Then those of the sensitivities.
const TRIED = Array.from({ length: 19 }, (_, i) => 0.01 * 2 ** (i / 3));
const RATES = [...TRIED, ...Object.values(SENSITIVITIES)];
const SHIPPED = SENSITIVITIES.normal;

/** Returns the tables of groups, groups left out and detectors as lines of Markdown. */
export function nabTables(series) {
  const tallies = talliesOf(series, RATES);
  return [...groupTable(series, tallies), "", ...foldTable(series, tallies), "", ...detectorTable(series)];
}

function groupTable(series, tallies) {
  const shipped = tallies[RATES.indexOf(SHIPPED)];
  const rows = [
    ["all", () => true],
    ...groupsOf(series).map((group) => [group, (each) => each.group === group]),
  ];
  return [
    "| group | score | low false alarms | low misses | precision | recall | found | false alarms |",
    "|---|---|---|---|---|---|---|---|",
    ...rows.map(([name, isIn]) => `| ${name} | ${figures(shipped.filter((_, i) => isIn(series[i])))} |`),
    ...Object.entries(SENSITIVITIES).map(
      ([name, rate]) => `| all, sensitivity ${name} | ${figures(tallies[RATES.indexOf(rate)])} |`,
    ),
  ];
}

function foldTable(series, tallies) {
  const rows = groupsOf(series).map((group) => {
    const others = TRIED.map((_, k) => scoreOf(tallies[k].filter((__, i) => series[i].group !== group)));
    return { group, chosen: others.indexOf(Math.max(...others)) };
  });
  const mixed = series.map((each, i) => tallies[rows.find(({ group }) => group === each.group).chosen][i]);
  return [
    "| group left out | false alarms a day chosen on the others | score of the others | precision and recall in the group |",
    "|---|---|---|---|",
    ...rows.map(({ group, chosen }) => {
      const [inside, outside] = [true, false].map((isIn) =>
        tallies[chosen].filter((_, i) => (series[i].group === group) === isIn),
      );
      return `| ${group} | ${TRIED[chosen].toFixed(2)} | ${scoreOf(outside).toFixed(1)} | ${shares(inside).join(", ")} |`;
    }),
    `| all, each with the choice of the others | | ${scoreOf(mixed).toFixed(1)} (${scoreOf(mixed, PROFILES["low false alarms"]).toFixed(1)}, ${scoreOf(mixed, PROFILES["low misses"]).toFixed(1)}) | ${shares(mixed).join(", ")} |`,
  ];
}

function detectorTable(series) {
  return [
    "| without the detector | score at the default | best score | its false alarms a day | precision | recall |",
    "|---|---|---|---|---|---|",
    ...DETECTORS.map((name, without) => {
      const tallies = talliesOf(series, RATES, PARAMETERS, without);
      const scores = tallies.map((each) => scoreOf(each));
      const best = scores.indexOf(Math.max(...scores));
      return `| ${name} | ${scores[RATES.indexOf(SHIPPED)].toFixed(1)} | ${scores[best].toFixed(1)} | ${RATES[best].toFixed(2)} | ${shares(tallies[best]).join(" | ")} |`;
    }),
  ];
}

/** Returns the scores with each parameter 10 % lower and higher. */
export function parameterTable(series) {
  return [
    "| parameter | value | score at -10 % | at +10 % |",
    "|---|---|---|---|",
    ...Object.entries(PARAMETERS).map(([name, value]) => {
      const scores = [0.9, 1.1].map((factor) => {
        const changed = factor * value;
        const parameters = {
          ...PARAMETERS,
          [name]: Number.isInteger(value) && value >= 4 ? Math.round(changed) : changed,
        };
        return scoreOf(talliesOf(series, [SHIPPED], parameters)[0]).toFixed(1);
      });
      return `| ${name} | ${value} | ${scores.join(" | ")} |`;
    }),
  ];
}

function talliesOf(series, rates, parameters, without) {
  const columns = series.map((each) =>
    alarmsOf(each, rates, parameters, without).map((alarms) => tally(each.times.length, each.spans, alarms)),
  );
  return rates.map((_, k) => columns.map((column) => column[k]));
}

function figures(tallies) {
  const { found, windows, falseAlarms } = totals(tallies);
  const scores = Object.values(PROFILES).map((weights) =>
    windows === 0 ? "" : scoreOf(tallies, weights).toFixed(1),
  );
  return [...scores, ...shares(tallies), `${found} of ${windows}`, falseAlarms].join(" | ");
}

function shares(tallies) {
  const { found, windows, falseAlarms } = totals(tallies);
  const share = (part, whole) => (whole === 0 ? "" : `${Math.round((100 * part) / whole)} %`);
  return [share(found, found + falseAlarms), share(found, windows)];
}

function totals(tallies) {
  const sum = (name) => tallies.reduce((total, each) => total + each[name], 0);
  return { found: sum("found"), windows: sum("windows"), falseAlarms: sum("falseAlarms") };
}

function groupsOf(series) {
  return [...new Set(series.map(({ group }) => group))];
}
