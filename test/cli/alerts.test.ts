import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "tachymeter";
import type { AlertOptions } from "tachymeter/alerts";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { newFolder } from "../kit/new-folder.ts";
import { packedProject } from "../kit/packed-project.ts";
import { complaintsOf } from "../kit/process.ts";
import { tachymeter } from "./running.ts";
import { END, FIRST, shopHistory } from "./shop-history.ts";

beforeAll(packedProject);

function file(name: string, text: string): string {
  const path = join(newFolder("rules"), name);
  writeFileSync(path, text);
  return path;
}

const SLOW = `groups:
  - name: shop
    rules:
      - alert: QueueGrows
        expr: sum(message_queue_size) > 60
        for: 5m
        labels: { severity: warning }
`;

/** A running application with the alert `Always`. */
async function application(
  alerts: AlertOptions = {},
): Promise<{ readonly url: string; readonly directory: string }> {
  const directory = newFolder("alerts");
  const telemetry = start({
    serviceName: "shop",
    host: false,
    runtime: false,
    group: false,
    instrumentations: [],
    readers: [{ type: "prometheus", port: 0 }],
    api: true,
    alerts: {
      interval: 0.2,
      monitors: false,
      directory,
      rules: [
        {
          name: "g",
          rules: [{ alert: "Always", expr: "vector(7)", annotations: { summary: "a \u001b[31mred" } }],
        },
      ],
      ...alerts,
    },
  });
  onTestFinished(() => telemetry.shutdown());
  await telemetry.ready;
  await vi.waitFor(() => expect(telemetry.alerts?.active()).toHaveLength(1), { timeout: 20_000 });
  return { url: telemetry.prometheusUrl ?? "", directory };
}

test("rule files are checked, with the place of each problem", async () => {
  const valid = file("valid.yml", SLOW);
  const ok = await tachymeter("alerts", "check", valid);
  expect([await ok.exit, ok.stdout]).toEqual([{ code: 0, signal: null }, `${valid}: valid\n`]);
  const wrong = file("wrong.yml", SLOW.replace("> 60", "> )").replace("for:", "far:"));
  const child = await tachymeter("alerts", "check", valid, wrong);
  expect((await child.exit).code).toBe(1);
  const [first, ...problems] = child.stdout.trim().split("\n");
  expect(first).toBe(`${valid}: valid`);
  expect(problems).toHaveLength(2);
  expect(problems.every((line) => line.startsWith(`${wrong}:`) && line.includes('rule "QueueGrows"'))).toBe(
    true,
  );
  expect(child.stdout).toContain("write for");
});

test("monitors and rules are exported as a file that Prometheus accepts", async () => {
  const child = await tachymeter("alerts", "export", file("rules.yml", SLOW));
  expect(complaintsOf(child)).toBe("");
  const exported = file("exported.yml", child.stdout);
  expect(execFileSync("promtool", ["check", "rules", exported], { encoding: "utf8" })).toContain("SUCCESS");
  expect(child.stdout).toContain("alert: QueueGrows");
  expect(child.stdout).toContain("name: tachymeter-");
  const alone = await tachymeter("alerts", "export", file("rules.yml", SLOW), "--no-monitors");
  expect(alone.stdout).not.toContain("name: tachymeter-");
});

test("a backtest shows when rules would have fired", async () => {
  const store = await shopHistory();
  const range = ["--from", String(FIRST), "--to", String(END), "--interval", "30s"];
  const child = await tachymeter("alerts", "backtest", file("rules.yml", SLOW), store, ...range);
  expect([(await child.exit).code, complaintsOf(child)]).toEqual([1, ""]);
  expect(child.stdout).toMatch(
    /^FIRED +ALERT +FOR +PEAK +LABELS\n2026-09-21 14:\d\d:\d\d +QueueGrows .*severity=warning/,
  );
  expect(child.stdout).toMatch(/QueueGrows +·+█+/);
  const json = await tachymeter("alerts", "backtest", file("rules.yml", SLOW), store, ...range, "--json");
  expect(JSON.parse(json.stdout.split("\n")[0] ?? "")).toMatchObject({ rule: "QueueGrows", group: "shop" });
  const quiet = file("quiet.yml", SLOW.replace("> 60", "> 6000"));
  const none = await tachymeter("alerts", "backtest", quiet, store, ...range);
  expect([(await none.exit).code, none.stdout]).toEqual([0, "no rule would have fired\n"]);
});

test("the alerts of a running application are listed, and values of labels cannot control the terminal", async () => {
  const { url } = await application();
  const child = await tachymeter("alerts", "list", url);
  expect((await child.exit).code).toBe(1);
  expect(child.stdout).toMatch(/^STATE +ALERT +FOR +VALUE +LABELS +SUMMARY\nfiring +Always +\d+ \w+ +7 +/);
  expect(child.stdout).not.toContain("\u001b");
  const elsewhere = await tachymeter("alerts", "list", "http://127.0.0.1:9");
  expect((await elsewhere.exit).code).toBe(1);
  expect(elsewhere.stderr).toContain("check that the application runs");
});

test.each([
  ["damaged", "[{"],
  ["invalid", '[{ "matchers": "x", "until": "2040-01-01T00:00:00Z", "comment": "c" }]'],
])("a file of silences that is %s makes the command fail, and stays as it is", async (_, text) => {
  const directory = newFolder("alerts");
  const path = join(directory, "silences.json");
  writeFileSync(path, text);
  const child = await tachymeter("alerts", "silence", directory, 'a="b"', "--for", "1h");
  expect((await child.exit).code).not.toBe(0);
  expect([child.stdout, child.stderr]).toEqual(["", expect.stringContaining("silences.json cannot be used")]);
  expect(readFileSync(path, "utf8")).toBe(text);
});

test("the command line silences alerts of a running application, and tests its receivers", async () => {
  const { directory } = await application({
    receivers: [
      { type: "log" },
      () => {
        throw new Error("refused");
      },
    ],
  });
  const silenced = await tachymeter(
    "alerts",
    "silence",
    directory,
    'alertname="Always"',
    "--for",
    "2h",
    "--comment",
    "known",
  );
  expect([await silenced.exit, complaintsOf(silenced)]).toEqual([{ code: 0, signal: null }, ""]);
  expect(readFileSync(join(directory, "silences.json"), "utf8")).toContain("known");
  const tested = await tachymeter("alerts", "test", directory);
  expect((await tested.exit).code).toBe(1);
  expect(tested.stdout).toMatch(/^RECEIVER +RESULT +TIME\n/);
  expect(tested.stdout).toMatch(/delivered[^]*failed: /);
});

test("invalid arguments name what to do", async () => {
  for (const [args, text] of [
    [[], "expected one of check"],
    [["chek"], 'got "chek"'],
    [["check"], "missing file"],
    [["list", "nowhere"], "expected one URL"],
    [["silence", "x", "y"], "--for is missing"],
    [["silence", "/nonexistent", 'a="b"', "--for", "1h"], "not found"],
    [["backtest", "tachymeter.db"], "expected rule files"],
  ] as const) {
    const child = await tachymeter("alerts", ...args);
    expect([args, (await child.exit).code]).toEqual([args, 2]);
    expect(child.stderr).toContain(text);
  }
});
