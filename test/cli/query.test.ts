import { History } from "tachymeter/history";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { answerTable, seriesText } from "../../src/cli/query/shown.ts";
import { samples, BEGIN, END as SAMPLES_END } from "../history/remote/samples.ts";
import { packedProject } from "../kit/packed-project.ts";
import { complaintsOf, outputOf } from "../kit/process.ts";
import { queryEngine } from "../servers/query-engines.ts";
import { tachymeter } from "./running.ts";
import { END, FIRST, shopHistory } from "./shop-history.ts";

let store: string;

beforeAll(async () => {
  [store] = await Promise.all([shopHistory(), packedProject()]);
});

const range = ["--from", `${FIRST}`, "--to", "2026-09-21T15:00"];

test("without a metric, all metrics are listed", async () => {
  expect(await outputOf(await tachymeter("query", store)))
    .toBe(`METRIC                         TYPE       UNIT       SERIES
command.duration               histogram  s               4
commands.executed              counter    {command}       4
http.server.request.duration   histogram  s               2
message.queue.size             gauge      {message}       1
system.filesystem.utilization  gauge      1               2
`);
});

test("a metric is drawn as graphs, one line per series", async () => {
  const text = await outputOf(await tachymeter("query", store, "http.server.request.duration", ...range));
  expect(text)
    .toBe(`http.server.request.duration (histogram, s): MEAN each 2 min, 2026-09-21T13:00:00Z to 2026-09-21T15:00:00Z

SERIES                MIN     MAX    LAST
http.route=/<home>  20 ms   20 ms   20 ms  ${"▅".repeat(60)}
http.route=/cart    40 ms  200 ms  200 ms  ${"▁".repeat(29)}▃${"█".repeat(30)}
`);
});

test("a new series has one point per elapsed step", async () => {
  const args = ["--from", `${FIRST - 10_800 + 600}`, "--to", `${FIRST + 600}`];
  const text = await outputOf(await tachymeter("query", store, "message.queue.size", ...args));
  expect(text).toContain("MEAN each 3 min, ");
});

test("minimum and maximum of a series ignore NaN", () => {
  const points: [number, number][] = [NaN, 3, NaN, 7].map((value, i) => [i + 1, value]);
  const [answer, question] = [{ metric: "load", unit: "", type: "gauge" } as const, { from: 0, to: 4 }];
  expect(
    answerTable({ ...answer, series: [{ attributes: {}, points }] }, { metric: "load", ...question }, 4, 80),
  ).toMatch(/SERIES {2}MIN {2}MAX {2}LAST\n- {9}3 {4}7 {5}7 {3}▁ █\n$/);
});

test("attributes of any kind are shown, objects and lists as JSON", () => {
  const attributes = Object({ a: { b: [1, "x"] }, c: null, d: true, e: 1.5, f: "text" });
  expect(seriesText({ attributes })).toBe('a={"b":[1,"x"]} c= d=true e=1.5 f=text');
});

test("an aggregate without a step results in one value of the whole range", async () => {
  const of = ["--aggregate", "increase", "--where", "command.name=pay", "--where", "outcome!=failure"];
  const text = await outputOf(await tachymeter("query", store, "commands_executed_total", ...range, ...of));
  expect(text).toMatch(/^commands_executed_total \(counter, \{command\}\): INCREASE, .*\n\nSERIES +VALUE\n/);
  expect(text).toMatch(/^command.name=pay outcome=success +2\d\d$/m);
  expect(text.trim().split("\n")).toHaveLength(4);
});

test("JSON output is the query result", async () => {
  const args = ["--json", "--step", "1h", "--aggregate", "MAX", ...range];
  const text = await outputOf(await tachymeter("query", store, "message.queue.size", ...args));
  expect(JSON.parse(text)).toEqual({
    metric: "message.queue.size",
    unit: "{message}",
    type: "gauge",
    series: [
      {
        attributes: {},
        points: [
          [FIRST + 3_600, 25],
          [END, expect.any(Number)],
        ],
      },
    ],
  });
});

test("CSV output has one line per point", async () => {
  const args = ["--csv", "--points", "--from", `${END - 60}`, "--to", `${END}`];
  const text = await outputOf(
    await tachymeter("query", store, "commands.executed", "--where", "command.name=close|month", ...args),
  );
  expect(text).toBe(`time,command.name,outcome,value\r
2026-09-21T14:59:00Z,close|month,success,1\r
2026-09-21T14:59:30Z,close|month,success,1\r
2026-09-21T15:00:00Z,close|month,success,1\r
`);
});

test("a remote history is queried by its URL", async (context) => {
  const url = await queryEngine(context, "Prometheus 2", samples());
  const args = ["--from", `${BEGIN}`, "--to", `${SAMPLES_END}`, "--by", "", "--step", "5m"];
  const text = await outputOf(await tachymeter("query", url, "goods.sold", ...args));
  expect(text).toMatch(
    /^goods.sold \(counter\): RATE each 5 min, all added up, .*\n\nSERIES +MIN +MAX +LAST\n- +0.6\/s +0.6\/s +0.6\/s {2}▅▅\n$/,
  );
});

test("a store can be read while it is being written", async () => {
  const history = await History.open({ path: store, retention: { metricsDays: 36_500 } });
  onTestFinished(() => history.close());
  expect(await outputOf(await tachymeter("query", store))).toContain("commands.executed");
});

test.each([
  [["query"], "query: missing store; specify a history file, such as tachymeter.db, or a URL"],
  [["query", "a.db"], 'store "a.db": file not found; specify a history file or a URL'],
  [["query", "a.db", "b", "c"], "query: expected one metric or expression, got 2"],
  [["query", "a.db", "b", "--json", "--csv"], "query: --json and --csv cannot be combined; choose one"],
  [["query", "a.db", "b", "--aggregate", "median"], "--aggregate must be one of MEAN, SUM, MIN,"],
  [["query", "a.db", "b", "--quantile", "95"], '--quantile must be a number from 0 to 1, got "95"'],
  [["query", "a.db", "b", "--where", "x"], '--where must be attribute=value or attribute!=value, got "x"'],
  [
    ["query", "a.db", "b", "--where", "x=1", "--where", "x!=2"],
    '--where must have a single condition for "x" if it uses !=; remove the others',
  ],
  [
    ["query", "a.db", "b", "--where", "x!=1", "--where", "x=2"],
    '--where must have a single condition for "x" if it uses !=; remove the others',
  ],
  [["query", "a.db", "b", "--step", "x"], '--step must be a duration such as 90s, 5m, 1h or 1d, got "x"'],
  [
    ["query", "a.db", "b", "--points", "--step", "1m"],
    "query: --points cannot be combined with --step, --aggregate or --quantile",
  ],
  [
    ["query", "a.db", "b", "--quantile", "0.5", "--aggregate", "mean"],
    "query: --quantile cannot be combined with --aggregate MEAN",
  ],
  [
    ["query", "a.db", "b", "--from", "5m", "--step", "1h"],
    "query: --step must not be longer than the range; use a shorter step or an earlier --from",
  ],
  [
    ["query", "a.db", "--from", "1h"],
    "query: --from requires a metric or an expression; specify it after the store",
  ],
  ...[["--where", "a=b"], ["--points"]].map((option): [string[], string] => [
    ["query", "a.db", ...option],
    `query: ${option[0]} requires a metric; specify its name after the store`,
  ]),
  [["query", "a.db", "b", "--from", "1h", "--to", "2h"], "query: --from must not be after --to"],
])("%j exits with code 2 and an error message with a remedy", async (args, message) => {
  const child = await tachymeter(...args);
  expect(await child.exit).toEqual({ code: 2, signal: null });
  expect(child.stderr).toContain(`tachymeter: ${message}`);
  expect(child.stdout).toBe("");
});

test("an invalid question exits with code 2, an unreachable remote history with 1", async () => {
  const wrong = await tachymeter("query", store, "message.queue.size", "--aggregate", "RATE");
  expect([(await wrong.exit).code, complaintsOf(wrong)]).toEqual([
    2,
    expect.stringMatching(/^tachymeter: question about "message.queue.size": /),
  ]);
  const away = await tachymeter("query", "http://ann:hush@127.0.0.1:9/prometheus", "x");
  expect([(await away.exit).code, away.stderr]).toEqual([
    1,
    expect.stringMatching(/^tachymeter: remote history "http:\/\/127.0.0.1:9\/prometheus": no response/),
  ]);
});

test.each([[], ["--json"], ["--csv"]])(
  "an unknown metric exits with code 2 and similar names %j",
  async (...as) => {
    const unknown = await tachymeter("query", store, "message.queue.siez", ...as);
    expect([(await unknown.exit).code, unknown.stdout, complaintsOf(unknown)]).toEqual([
      2,
      "",
      expect.stringMatching(
        /^tachymeter: query: metric "message\.queue\.siez" not found; similar names: message\.queue\.size.*; `tachymeter query <store>` lists all metrics\n/,
      ),
    ]);
  },
);

test("a metric without points is reported", async () => {
  const known = await outputOf(await tachymeter("query", store, "message.queue.size", "--to", "2026-01-01"));
  expect(known).toMatch(/^message.queue.size \(gauge, \{message\}\): MEAN each .*\n\nno points\n$/);
});

test("help fits into lines of 120 characters", async () => {
  const text = await outputOf(await tachymeter("query", "--help"));
  expect(text).toMatch(
    /^Usage: tachymeter query <store> \[metric \| expression\]\n\nQuery a history by metric or in PromQL, or list all metrics\.\n/,
  );
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
});
