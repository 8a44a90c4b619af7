import { History } from "tachymeter/history";
import { query } from "tachymeter/query";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { hintsFor } from "../../src/cli/query/hints.ts";
import { packedProject } from "../kit/packed-project.ts";
import { complaintsOf, outputOf } from "../kit/process.ts";
import { queryEngine } from "../servers/query-engines.ts";
import { BEGIN, END as SAMPLES_END, samples } from "../history/remote/samples.ts";
import { tachymeter } from "./running.ts";
import { END, FIRST, shopHistory } from "./shop-history.ts";

let store: string;

beforeAll(async () => {
  [store] = await Promise.all([shopHistory(), packedProject()]);
});

const at = ["--to", `${END}`];
const range = ["--from", `${FIRST}`, ...at];

async function queried(...args: readonly string[]): Promise<string> {
  return outputOf(await tachymeter("query", ...args));
}

test("an expression has one value for each series at the end", async () => {
  expect(
    await queried(
      store,
      "sum by (http_route) (rate(http_server_request_duration_seconds_count[10m]))",
      ...at,
    ),
  ).toMatchInlineSnapshot(`
    "sum by (http_route) (rate(http_server_request_duration_seconds_count[10m])): 2026-09-21T15:00:00Z

    SERIES                   VALUE
    {http_route="/cart"}    0.0333
    {http_route="/<home>"}  0.0333
    "
  `);
  expect(await queried(store, "1 + 1", ...at)).toMatch(/\nVALUE\n {4}2\n$/);
  expect(await queried(store, '"text"', ...at)).toMatch(/\ntext\n$/);
  const unknown = await tachymeter("query", store, "nothing_of_this_name + 1", ...at);
  expect(await outputOf(unknown)).toMatch(/\nno series\n$/);
  expect(complaintsOf(unknown)).toMatch(/^metric "nothing_of_this_name" not found; /);
});

test("an unknown metric, and a label that no series has, get a hint with the known ones", async () => {
  const history = await History.open({ path: store, readOnly: true });
  onTestFinished(() => history.close());
  const hintsOf = async (text: string): Promise<readonly string[]> => {
    const asked = { text, format: "table", kind: "instant", time: END } as const;
    return hintsFor(history, asked, await query(text, { source: history, time: END }));
  };
  expect(await hintsOf("rate(http_server_request_durations[5m])")).toEqual([
    expect.stringMatching(
      /^metric "http_server_request_durations" not found; similar names: http\.server\.request\.duration.*; /,
    ),
  ]);
  const noRoute = (label: string): string =>
    `no series of "http_server_request_duration_seconds_count" has the label "${label}"; labels are http_route`;
  const count = "http_server_request_duration_seconds_count";
  expect(await hintsOf(`sum by (route) (rate(${count}[5m]))`)).toEqual([
    expect.stringContaining(noRoute("route")),
  ]);
  expect(await hintsOf(`${count}{path="/cart"}`)).toEqual([expect.stringContaining(noRoute("path"))]);
  for (const fine of [
    `sum by (http_route) (rate(${count}[5m])) > 1e9`,
    `${count}{http_route="/none"}`,
    `${count}{path=""} > 1e9`,
    "absent(nothing) == 2",
    "sum(vector(1)) by (route)",
  ])
    expect(await hintsOf(fine)).toEqual([]);
});

test("an expression over a range is drawn as graphs", async () => {
  const expression =
    "histogram_quantile(0.5, sum by (le, http_route) (rate(http_server_request_duration_seconds_bucket[5m])))";
  expect(await queried(store, expression, ...range, "--step", "2m")).toMatchInlineSnapshot(`
    "histogram_quantile(0.5, sum by (le, http_route) (rate(http_server_request_duration_seconds_bucket[5m]))): each 2 min, 2026-09-21T13:00:00Z to 2026-09-21T15:00:00Z

    SERIES                     MIN     MAX    LAST
    {http_route="/<home>"}  0.0175  0.0175  0.0175   ▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅
    {http_route="/cart"}    0.0375   0.175   0.175   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▅█████████████████████████████
    "
  `);
});

test("a result is JSON of Prometheus' API, CSV, or lines of Prometheus' text format", async () => {
  const args = [store, "message_queue_size", "--from", `${END - 60}`, ...at, "--step", "30s"];
  const json: unknown = JSON.parse(await queried(...args, "--format", "json"));
  const metric = { __name__: "message_queue_size", otel_scope_name: "shop" };
  const values = [-60, -30, 0].map((offset) => [END + offset, expect.any(String)]);
  expect(json).toEqual({ resultType: "matrix", result: [{ metric, values }] });
  expect(await queried(...args, "--format", "csv")).toMatch(
    /^time,__name__,otel_scope_name,value\r\n2026-09-21T14:59:00Z,message_queue_size,shop,\d/,
  );
  const lines = (await queried(...args, "--format", "prometheus")).trim().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[2]).toMatch(
    new RegExp(`^message_queue_size\\{otel_scope_name="shop"\\} \\d+(?:\\.\\d+)? ${END * 1_000}$`),
  );
  const sum = [store, "sum(message_queue_size)", ...at];
  expect(await queried(...sum, "--json")).toMatch(/^\{"resultType":"vector"/);
  expect(await queried(...sum, "--csv", "--format", "csv")).toMatch(/^time,value\r\n/);
  expect(await queried(store, "sum(message_queue_size)", ...at, "--format", "prometheus")).toMatch(
    /^query_result \d+/,
  );
});

test("a server evaluates the expression, and annotations are on the standard error", async (context) => {
  const url = await queryEngine(context, "Prometheus 3", samples());
  const child = await tachymeter(
    "query",
    url,
    "rate(room_temperature_celsius[1m]) > 9",
    "--to",
    `${SAMPLES_END}`,
  );
  expect(child.stdout).toMatch(/\nno series\n$/);
  expect(complaintsOf(child)).toMatch(/^PromQL info: metric might not be a counter/);
  const sold = await queried(
    url,
    "goods_sold_total",
    "--from",
    `${BEGIN}`,
    "--to",
    `${SAMPLES_END}`,
    "--format=csv",
  );
  expect(sold.trim().split("\r\n").length).toBeGreaterThan(60);
});

test.each([
  [["rate(x)"], /column 6: rate\(\) needs a range vector/],
  [["x{"], /parse error at column 3/],
  [["rate(x[5m])", "--aggregate", "max"], /--aggregate requires the name of a metric/],
  [["x", "--format", "xml"], /--format must be one of table, json, csv, prometheus, got "xml"/],
  [["x + 1", "--json", "--csv"], /cannot be combined/],
  [["x + 1", "--from", "1h", "--to", "2h"], /--from must not be after --to/],
  [["x + 1", "y"], /expected one metric or expression, got 2; write an expression in quotes/],
])("%j is refused with exit code 2", async (args, message) => {
  const child = await tachymeter("query", store, ...args);
  expect(complaintsOf(child)).toMatch(message);
  expect(await child.exit).toMatchObject({ code: 2 });
});
