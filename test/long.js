// `npm run test:long`: the tests that have a long form, in it. They are 10,000 random programs, 10 million
// recordings, 10,000 series of any Unicode read back by Prometheus, and 20,000 expressions of PromQL. A thousand groups of rules are compared, too. Groups have 200 processes, or
// are renewed for ten minutes. A day of a healthy application is evaluated each 15 seconds, and another one works for an hour
// of six minutes.
// Arguments go to vitest; `TEST_SEED=<number>` repeats a run.
process.env.TEST_LENGTH = "long";
const chosen = process.argv.slice(2);
const engineTests = ["attribute-sets", "differential", "laws", "series-lives", "soak"];
const longTests = [
  ...engineTests.map((name) => `test/engine/${name}`),
  "test/group/concurrency",
  "test/group/bad-input",
  "test/readers/prometheus/servers/fuzz",
  "test/query/differential/differential",
  "test/query/differential/prometheus-2",
  "test/alerts/evaluation",
  "test/alerts/delivery/law",
  "test/alerts/sequences",
  "test/alerts/monitors/promtool",
  "test/alerts/monitors/healthy-day",
  "test/alerts/monitors/soak",
  "test/anomalies/correlation/faults",
];
process.argv.splice(2, Infinity, "--tests-only", ...(chosen.length > 0 ? chosen : longTests));
await import("./run.js");
