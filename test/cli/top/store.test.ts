// `tachymeter top` over a store, whose figures are known.
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { History } from "tachymeter/history";
import { query } from "tachymeter/query";
import { beforeAll, expect, test } from "vitest";
import { storeOf } from "../../../src/history/store-of.ts";
import { panelsFor, panelValueText, seriesName, withRange } from "../../../src/page/panels/index.ts";
import { fillHistory } from "../../history/filled-history.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { packedProject } from "../../kit/packed-project.ts";
import { complaintsOf, runNode } from "../../kit/process.ts";
import { tachymeter } from "../running.ts";
import { END, shopHistory } from "../shop-history.ts";
import { topInTerminal } from "./running-top.ts";

let store: string;

beforeAll(async () => {
  [store] = await Promise.all([shopHistory(), packedProject()]);
});

// The store has a sample each 30 seconds.
const WINDOW = "120s";

// Names and last values of all series of an area, as the query engine has them.
async function expectedOf(area: "http" | "commands"): Promise<readonly string[]> {
  const history = await History.open({ path: store, readOnly: true });
  const all = await query('count by (__name__) ({__name__!=""})', { source: history, time: END });
  const metrics = new Set(
    all.kind === "vector" ? all.series.map(({ labels }) => labels["__name__"] ?? "") : [],
  );
  const lines: string[] = [];
  for (const panel of panelsFor(metrics, area)) {
    for (const each of panel.queries) {
      const result = await query(withRange(each, WINDOW), { source: history, time: END });
      if (result.kind !== "vector") continue;
      for (const { labels, value } of result.series) {
        const name = seriesName(each.legend, labels) || "all";
        const number = Number(value);
        lines.push(`${name} ${Number.isNaN(number) ? "-" : panelValueText(panel, number)}`);
      }
    }
  }
  await history.close();
  return lines.toSorted();
}

test.each(["http", "commands"] as const)("the figures of area %s are those of the queries", async (area) => {
  const expected = await expectedOf(area);
  expect(expected.length).toBeGreaterThan(3);
  const top = await topInTerminal([store, "--area", area]);
  const screen = await top.shows(/Duration/);
  const shown = screen.split("\n").flatMap((line) => {
    // Name, last value, lowest, highest, graph.
    const [, name, last] = /^ {2}(\S+) +(\S+(?: %| m?s)?) {2,}/.exec(line) ?? [];
    return name === undefined ? [] : [`${name} ${last}`];
  });
  expect(shown.toSorted()).toEqual(expected);
  expect(screen).toContain("2026-09-21 15:00:00Z");
});

test("keys lead from the overview to an area, a series, and to the lists", async () => {
  const top = await topInTerminal([store]);
  const overview = await top.shows(/Duration of commands/);
  expect(overview).toContain("Requests served");
  expect(overview).toMatch(/Queue sizes +180 /);
  expect(overview).toMatch(/F1 help .* q quit/);
  top.press("\r");
  await top.shows(/> HTTP/);
  // The first series; one below, and back to it.
  top.press("\u001b[B\u001b[A\r");
  const series = await top.shows(/query +sum by/);
  expect(series).toMatch(/Requests served: 0\.\d+\/s, min/);
  expect(series).toContain("⣿");
  top.press("\u001b");
  await top.hides(/query +sum by/);
  top.press("\u007f");
  await top.hides(/> HTTP/);
  top.press("i");
  await top.shows(/^commands_executed_total +counter +4/m);
  top.press("/exec");
  await top.hides(/http_server/);
  await top.shows(/filter: exec_/);
  top.press("\r\r");
  await top.shows(/command_name=pay outcome=failure/);
  top.press("\r");
  await top.shows(/metric +commands_executed_total/);
  top.press("q");
  expect(await top.exit).toEqual({ code: 0, signal: null });
});

test("a row of a table opens its own series, and Escape leads back", async () => {
  const top = await topInTerminal([store]);
  await top.shows(/Routes/);
  // The panel of the slowest routes is above it.
  top.press("/cart\r\u001b[B\r");
  const row = await top.shows(/> \/cart[^]*p50/);
  // One request in 30 seconds; the other route has as many.
  expect(row).toMatch(/Requests served\n +all +0\.0333\/s/);
  expect(row).toMatch(/Duration of requests served\n +p50 +175 ms/);
  top.press("\r");
  await top.shows(/http_route="\/cart"\}/);
  top.press("\u001b");
  await top.shows(/p50/);
  top.press("\u007f");
  expect(await top.shows(/filter: cart/)).toMatch(/^ +\/cart +90\.9 %/m);
});

test("the state has the restarts of the last day", async () => {
  const path = join(newFolder("top-restarts"), "shop.db");
  await fillHistory({
    path,
    from: END - 3_600,
    to: END,
    interval: 60,
    record(provider) {
      const uptime = provider.getMeter("host").createGauge("process.uptime", { unit: "s" });
      const starts = [END - 5_000, END - 1_800, END - 600];
      return (time) => uptime.record(time - Math.max(...starts.filter((start) => start < time)));
    },
  });
  const top = await topInTerminal([path]);
  expect(await top.shows(/^processes 1 /m)).toMatch(/restarts 2 +up 10 min/);
});

test("lists are sorted and reversed, the selection moves, and ranges change", async () => {
  const top = await topInTerminal([store]);
  await top.shows(/Requests served/);
  top.press("i");
  await top.shows(/INSTRUMENT/);
  const first = async (): Promise<string> => (await top.lines())[5]?.split(" ", 1).join() ?? "";
  expect(await first()).toBe("command_duration_seconds");
  top.press("s");
  await top.shows(/INSTRUMENT▲/);
  top.press("r");
  await top.shows(/INSTRUMENT▼/);
  expect(await first()).toBe("target_info");
  top.press("ss");
  await top.shows(/SERIES▼/);
  const counts = (await top.lines()).slice(5).flatMap((line) => / (\d+) {2,}/.exec(line)?.slice(1, 2) ?? []);
  expect(counts.length).toBeGreaterThan(4);
  expect(counts.map(Number)).toEqual(counts.map(Number).toSorted((one, other) => other - one));
  top.press("+");
  await top.shows(/last 3 h/);
  top.press("--");
  await top.shows(/last 15 min/);
  top.press(" ");
  await top.shows(/PAUSED/);
  top.press("?");
  await top.shows(/Ctrl\+L +draw the screen anew/);
  top.press("\u0003");
  expect((await top.exit).code).toBe(0);
});

test("events are listed from the newest on, and Enter shows all fields of one", async () => {
  const folder = newFolder("top-events");
  const path = join(folder, "shop.db");
  copyFileSync(store, path);
  const history = await History.open({ path, retention: { metricsDays: 36_500, eventsDays: 36_500 } });
  await storeOf(history).appendEvents(
    ["app.deployed", "app.\u001b[31mhostile"].map((type, i) => ({
      id: `event-${i}`,
      type,
      source: "ci",
      timeUnixMillis: (END - 60 + i) * 1_000,
      data: JSON.stringify({ version: `1.0.${i}` }),
      labels: "{}",
      metadata: "{}",
    })),
  );
  await history.close();
  const top = await topInTerminal([path]);
  await top.shows(/Requests served/);
  top.press("e");
  const list = await top.shows(/app\.deployed/);
  expect(list).toMatch(/app\.\\u001b\[31mhostile[^]*app\.deployed +ci +\{"version":"1\.0\.0"\}/);
  top.press("/deployed\r");
  await top.hides(/hostile/);
  top.press("\r");
  await top.shows(/"event_id": "event-0"/);
  top.press("q");
  await top.exit;
});

test("frames of a large terminal after the first have only what has changed", async () => {
  const top = await topInTerminal([store], { columns: 400, rows: 120 });
  await top.shows(/Requests served/);
  const first = top.frames.length;
  for (const key of ["\u001b[B", "\u001b[B", "\u001b[A"]) {
    const count = top.frames.length;
    top.press(key);
    await expect.poll(async () => (await top.lines(), top.frames.length)).toBeGreaterThan(count);
  }
  top.press("q");
  await top.exit;
  // A character takes at most a few bytes, with its style.
  expect(Math.max(...top.frames)).toBeLessThanOrEqual(4 * 400 * 120);
  expect(Math.max(...top.frames.slice(first, -1))).toBeLessThanOrEqual(8_192);
});

test("a terminal is resized, and one that is too small has a message", async () => {
  const top = await topInTerminal([store], { columns: 132, rows: 43 });
  await top.shows(/Requests served/);
  top.resize({ columns: 60, rows: 20 });
  await top.shows(/needs 80x24 characters, the terminal has 60x20/);
  top.resize({ columns: 80, rows: 24 });
  const screen = await top.shows(/Requests served/);
  expect(screen.split("\n").at(-1)).toMatch(/^F1 help/);
  top.press("q");
  await top.exit;
  expect(top.frames.length).toBeGreaterThan(2);
  expect(Math.max(...top.frames)).toBeLessThanOrEqual(8_192);
});

test("the terminal is restored by each end, and after a suspension it is drawn again", async () => {
  const top = await topInTerminal([store]);
  await top.shows(/Requests served/);
  expect(top.emulator.buffer.active.type).toBe("alternate");
  top.signal("SIGTSTP");
  await top.suspended();
  top.signal("SIGCONT");
  // `script` may pass on what the program wrote before its suspension only after it.
  // oxlint-disable-next-line no-control-regex -- sequences
  const restoredAndEntered = /\u001B\[\?1049h[^]*\u001B\[\?1049l[^]*\u001B\[\?1049h[^]*Requests/;
  await expect.poll(() => top.written).toMatch(restoredAndEntered);
  await top.shows(/Requests served/);
  expect(top.emulator.buffer.active.type).toBe("alternate");
  top.signal("SIGTERM");
  await top.exit;
  await top.lines();
  expect(top.emulator.buffer.active.type).toBe("normal");
  // oxlint-disable-next-line no-control-regex -- sequences
  expect(top.written).toMatch(/\u001B\[\?25h\u001B\[\?1049l[^\u001B]*$/);
});

test("NO_COLOR turns colours off, and another locale Unicode", async () => {
  const top = await topInTerminal([store], { env: { NO_COLOR: "1", LC_ALL: "C" } });
  const screen = await top.shows(/Requests served/);
  top.press("q");
  await top.exit;
  // oxlint-disable-next-line no-control-regex -- sequences
  expect(top.written).not.toMatch(/\u001b\[[\d;]*3\dm/);
  expect(screen).toMatch(/^[ -~\n]*$/);
});

test("a dumb terminal gets lines without escape sequences", async () => {
  const top = await topInTerminal([store], { env: { TERM: "dumb" } });
  await expect.poll(() => top.written).toMatch(/Requests served[^]*Requests served/);
  expect(top.written).not.toContain("\u001b");
});

test("without a terminal, --once prints the overview, and the text is repeated at each interval", async () => {
  const once = await tachymeter("top", store, "--once", "--area", "commands");
  expect([await once.exit, complaintsOf(once)]).toEqual([{ code: 0, signal: null }, ""]);
  expect(once.stdout).toContain("2026-09-21 15:00:00Z");
  expect(once.stdout).toMatch(/^Duration of commands$/m);
  expect(once.stdout).not.toContain("\u001b");
  const { folder, installed } = await packedProject();
  const args = [join(installed, "dist", "tachymeter.js"), "top", store, "--interval", "100ms"];
  const repeated = runNode({ cwd: folder, args });
  await repeated.waitForOutput(/Requests served[^]*Requests served/);
  expect(repeated.stdout).not.toContain("\u001b");
});

test("invalid arguments and what cannot be opened are reported", async () => {
  const damaged = join(newFolder("top"), "damaged.db");
  writeFileSync(damaged, "no database at all".repeat(1_000));
  const ends = async (...args: readonly string[]): Promise<readonly unknown[]> => {
    const tool = await tachymeter("top", ...args);
    return [(await tool.exit).code, complaintsOf(tool)];
  };
  const [missing, area, interval, several, broken, url] = await Promise.all([
    ends("/nothing.db"),
    ends(store, "--area", "x"),
    ends(store, "--interval", "30d"),
    ends("a", "b"),
    ends(damaged),
    ends("http://", "--once"),
  ]);
  expect(missing).toEqual([2, expect.stringContaining("file not found")]);
  expect(area).toEqual([2, expect.stringContaining("--area must be one of http, messages")]);
  expect(interval).toEqual([2, expect.stringContaining('--interval must be at most 24d, got "30d"')]);
  expect(several).toEqual([2, expect.stringContaining("expected one URL, store or directory, got 2")]);
  expect(broken).toEqual([1, expect.stringContaining("damaged.db")]);
  expect(url).toEqual([2, expect.stringContaining("valid URL")]);
});
