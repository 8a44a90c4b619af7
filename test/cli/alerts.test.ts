import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { start, type Tachymeter } from "tachymeter";
import type { AlertOptions } from "tachymeter/alerts";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { newFolder } from "../kit/new-folder.ts";
import { packedProject } from "../kit/packed-project.ts";
import { complaintsOf } from "../kit/process.ts";
import { listening } from "../kit/listening.ts";
import { tachymeter } from "./running.ts";
import { END, FIRST, shopHistory } from "./shop-history.ts";
import { neededProgram } from "../servers/needs.ts";

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

/** A running application with the alert `Always`, or with other rules that raise `count` alerts. */
async function application(
  alerts: AlertOptions = {},
  count = 1,
): Promise<{ readonly url: string; readonly directory: string; readonly telemetry: Tachymeter }> {
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
  await vi.waitFor(() => expect(telemetry.alerts?.active()).toHaveLength(count), { timeout: 20_000 });
  return { url: telemetry.prometheusUrl ?? "", directory, telemetry };
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
  const lines = problems.map((problem) => Number(problem.slice(wrong.length + 1).split(":")[0]));
  expect(lines).toEqual(lines.toSorted((left, right) => left - right));
  expect(problems.every((line) => line.startsWith(`${wrong}:`) && line.includes('rule "QueueGrows"'))).toBe(
    true,
  );
  expect(child.stdout).toContain("write for");
});

test("problems that are easily mended say how, and probable mistakes in valid rules are notes", async () => {
  const wrong = file(
    "wrong.yml",
    SLOW.replace("5m", "5 minutes").replace(
      "labels: {",
      'annotations: { s: "{{ $label.x }}" }\n        labels: {',
    ),
  );
  const refused = await tachymeter("alerts", "check", wrong);
  expect(refused.stdout).toContain('write "5m"');
  expect(refused.stdout).toContain("write $labels");
  const odd = file(
    "odd.yml",
    SLOW.replace("warning }", 'warnign }\n        annotations: { s: "{{ value }}" }'),
  );
  const noted = await tachymeter("alerts", "check", odd);
  expect((await noted.exit).code).toBe(0);
  expect(noted.stdout).toBe(
    `${odd}: valid\n` +
      `note: ${odd}: group "shop", rule "QueueGrows": severity is usually critical, error, warning, info, got "warnign"; write warning\n` +
      `note: ${odd}: group "shop", rule "QueueGrows": "s": {{ value }} is a function without its sample; write {{ $value }}\n`,
  );
});

test("rules with the same name and labels are valid, and one note names them", async () => {
  const text =
    "groups:\n- name: g\n  rules:\n  - {alert: A, expr: x}\n  - {alert: A, expr: y}\n  - {alert: A, expr: z}\n";
  const path = file("duplicates.yml", text);
  const { exit, ...printed } = await tachymeter("alerts", "check", path);
  expect((await exit).code).toBe(0);
  expect(printed.stdout).toBe(
    `${path}: valid\nnote: ${path}: group "g", rule "A": name and labels of a rule should be unique in its group, got 3 rules with these; rename them, or add a label\n`,
  );
});

const TWICE = `sequences:
  - alert: Twice
    when: pay followed by pay within 5m by data.order
    labels: { severity: info }
`;

test("files of sequences are checked with their templates, and are not rules over metrics", async () => {
  const valid = file("sequences.yml", TWICE);
  const ok = await tachymeter("alerts", "check", valid);
  expect([await ok.exit, ok.stdout]).toEqual([{ code: 0, signal: null }, `${valid}: valid\n`]);
  const [misspelt, template] = [
    file("misspelt.yml", TWICE.replace("followed", "folowed")),
    file("template.yml", TWICE.replace("severity: info", 'n: "{{ $vale }}"')),
  ];
  const wrong = await tachymeter("alerts", "check", misspelt, template);
  expect((await wrong.exit).code).toBe(1);
  expect(wrong.stdout).toMatch(
    /misspelt\.yml:2: sequences\[0\]\.when must [^]*template\.yml: .*undefined variable "\$vale"; write \$value/,
  );
  const mixed = file("mixed.yml", SLOW + TWICE);
  for (const command of ["check", "export"]) {
    const refused = await tachymeter("alerts", command, mixed);
    expect((await refused.exit).code).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain("must have groups or sequences, in two files");
  }
  const exported = await tachymeter("alerts", "export", valid, "--no-monitors");
  expect((await exported.exit).code).toBe(0);
  expect(exported.stderr).toBe(
    "tachymeter: 1 sequence rule is not in the export, since Prometheus has no events\n",
  );
  const tested = await tachymeter("alerts", "backtest", valid, "tachymeter.db");
  expect((await tested.exit).code).toBe(2);
  expect(tested.stderr).toContain(`use tachymeter events tachymeter.db --rule ${valid}`);
  const metrics = await tachymeter("events", await shopHistory(), "--rule", file("rules.yml", SLOW));
  expect((await metrics.exit).code).toBe(2);
  expect(metrics.stderr).toContain("has no sequences");
});

test("monitors and rules are exported as a file that Prometheus accepts", async () => {
  const child = await tachymeter("alerts", "export", file("rules.yml", SLOW));
  expect(complaintsOf(child)).toBe("");
  const exported = file("exported.yml", child.stdout);
  expect(
    execFileSync(neededProgram("promtool"), ["check", "rules", exported], { encoding: "utf8" }),
  ).toContain("SUCCESS");
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
    /^FIRED \(UTC\) +ALERT +FOR +PEAK +LABELS\n2026-09-21 14:\d\d:\d\d +QueueGrows .*severity=warning/,
  );
  expect(child.stdout).toMatch(/QueueGrows +·+█+/);
  const json = await tachymeter("alerts", "backtest", file("rules.yml", SLOW), store, ...range, "--json");
  expect(JSON.parse(json.stdout.split("\n")[0] ?? "")).toMatchObject({ rule: "QueueGrows", group: "shop" });
  const quiet = file("quiet.yml", SLOW.replace("> 60", "> 6000"));
  const none = await tachymeter("alerts", "backtest", quiet, store, ...range);
  expect([(await none.exit).code, none.stdout]).toEqual([0, "no rule would have fired\n"]);
  const endless = await tachymeter("alerts", "backtest", "--monitors", store, "--interval", "1ms");
  expect((await endless.exit).code).toBe(2);
  expect(endless.stderr).toContain('--interval must be at least 1s, got "1ms"; use 15s');
});

const SEVERAL: AlertOptions = {
  rules: [
    {
      name: "g",
      rules: [
        { alert: "Slow", expr: "vector(1/3)", labels: { severity: "warning" } },
        { alert: "Soon", expr: "vector(1)", for: "1h", labels: { severity: "critical" } },
        {
          alert: "Down",
          expr: 'label_replace(vector(2), "node", "a \\u001b[31mred\\n", "", "")',
          labels: { severity: "critical" },
          annotations: { summary: "node {{ $labels.node }}" },
        },
      ],
    },
  ],
  sequences: [
    { alert: "Paid", when: "count pay >= 1 within 1h by data.order", labels: { severity: "info" } },
  ],
};

test("alerts are listed from a URL or the saved state, the most severe first, and labels cannot control the terminal", async () => {
  const { url, directory, telemetry } = await application(SEVERAL, 3);
  telemetry.events.record({ event_type: "pay", source: "shop", data: { order: 17 } });
  await vi.waitFor(() => expect(telemetry.alerts?.active()).toHaveLength(4), { timeout: 20_000 });
  const child = await tachymeter("alerts", "list", url);
  expect((await child.exit).code).toBe(1);
  expect(child.stdout).not.toContain("\u001b");
  const rows = child.stdout.split("\n");
  expect(rows[0]).toMatch(/^STATE +SEVERITY +ALERT +FOR +VALUE +LABELS +SUMMARY$/);
  expect(rows[1]).toMatch(/^firing +critical +Down +\d+ \w+ +2 .*node=a \\u001b\[31mred\\n +node a \\u001b/);
  expect(rows[2]).toMatch(/^firing +warning +Slow +\d+ \w+ +0\.333 /);
  expect(rows[3]).toMatch(/^firing +info +Paid .* order=17$/);
  expect(rows[4]).toMatch(/^pending +critical +Soon /);
  await vi.waitFor(
    async () => {
      const saved = await tachymeter("alerts", "list", directory);
      expect([...saved.stdout.matchAll(/(?:firing|pending) +\w+ +(\w+)/g)].map(([, name]) => name)).toEqual([
        "Down",
        "Slow",
        "Paid",
        "Soon",
      ]);
      expect(saved.stdout).not.toContain("\u001b");
      expect(saved.stdout).toMatch(/^as saved by the application \d+ \w+ ago; its URL has/m);
    },
    { timeout: 20_000 },
  );
  const json = await tachymeter("alerts", "list", directory, "--json");
  expect(JSON.parse(json.stdout.split("\n")[0] ?? "")).toMatchObject({
    state: "firing",
    labels: { alertname: "Down", severity: "critical" },
  });
  const elsewhere = await tachymeter("alerts", "list", "http://127.0.0.1:9");
  expect((await elsewhere.exit).code).toBe(1);
  expect(elsewhere.stderr).toMatch(/no response \((?!fetch failed).+\); check that the application runs/);
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

test("silences are added, listed and ended by the command line", async () => {
  const { url, directory, telemetry } = await application();
  const silence = (...args: readonly string[]): ReturnType<typeof tachymeter> =>
    tachymeter("alerts", "silence", directory, ...args);
  const none = await silence();
  expect([await none.exit, none.stdout]).toEqual([{ code: 0, signal: null }, "no silences\n"]);
  // Without quotes, since shells remove them.
  const added = await silence("alertname=Always", "job=~shop|bar", "--for", "2h", "--comment", "known");
  expect([await added.exit, complaintsOf(added)]).toEqual([{ code: 0, signal: null }, ""]);
  const [, id = ""] =
    /^silence (\S+) until \S+Z: alertname="Always", job=~"shop\|bar"\n$/.exec(added.stdout) ?? [];
  await vi.waitFor(() => expect(telemetry.alerts?.silences().map((each) => each.id)).toEqual([id]), {
    timeout: 20_000,
  });
  const listed = await silence();
  expect(listed.stdout).toMatch(/^ID +ENDS \(UTC\) +MATCHERS +COMMENT\n/);
  expect(listed.stdout).toMatch(new RegExp(`${id} .*alertname="Always", job=~"shop\\|bar" +known\\n$`));
  for (const place of [url, directory])
    await vi.waitFor(async () => {
      const { stdout } = await tachymeter("alerts", "list", place);
      expect(stdout).toMatch(/^firing, silenced +Always /m);
    });
  const json = await silence("--json");
  expect(JSON.parse(json.stdout)).toMatchObject({ id, comment: "known" });
  const unknown = await silence("--end", "x");
  expect([(await unknown.exit).code, unknown.stderr]).toEqual([2, expect.stringContaining('"x" not found')]);
  const ended = await silence("--end", id);
  expect([await ended.exit, ended.stdout]).toEqual([
    { code: 0, signal: null },
    expect.stringContaining(`silence ${id} ended`),
  ]);
  await vi.waitFor(() => expect(telemetry.alerts?.silences()).toEqual([]), { timeout: 20_000 });
});

test.each([
  ["severity=critical", [{ label: "severity", operator: "=", value: "critical" }]],
  [
    "{a!=b, c=~d.*}",
    [
      { label: "a", operator: "!=", value: "b" },
      { label: "c", operator: "=~", value: "d.*" },
    ],
  ],
  ['a="b, c"', [{ label: "a", operator: "=", value: "b, c" }]],
])("the matchers %s are read as people mean them", async (text, matchers) => {
  const directory = newFolder("alerts");
  await tachymeter("alerts", "silence", directory, text, "--for", "1h");
  const listed = await tachymeter("alerts", "silence", directory, "--json");
  expect(JSON.parse(listed.stdout)).toMatchObject({ matchers });
});

test("the receivers of a running application are tested, with the response of each", async () => {
  const url = await listening((_, response) => response.writeHead(202).end());
  const { directory } = await application({
    receivers: [
      { type: "log" },
      { type: "webhook", url },
      () => {
        throw new Error("refused");
      },
    ],
  });
  const tested = await tachymeter("alerts", "test", directory);
  expect([(await tested.exit).code, complaintsOf(tested)]).toEqual([1, ""]);
  expect(tested.stdout).toMatch(/^sent to each receiver: alert TachymeterTest.*\n\nRECEIVER +RESULT +TIME\n/);
  expect(tested.stdout).toMatch(/log +delivered  [^]*webhook +delivered \(status 202\) [^]*failed: /);
});

test("invalid arguments name what to do", async () => {
  for (const [args, text] of [
    [[], "expected one of check"],
    [["chek"], 'got "chek"'],
    [["check"], "missing file"],
    [["list"], "missing application"],
    [["list", "nowhere"], 'folder "nowhere" not found'],
    [["list", "http://ann:hush@"], "expected a valid URL"],
    [["silence", ".", "y"], "--for is missing"],
    [["silence", ".", "--for", "1h"], "matchers are missing"],
    [["silence", ".", "y", "--end", "z"], "--end takes no matchers"],
    [["silence", ".", "y", "--for", "1h"], "must be written as"],
    [["silence", "http://127.0.0.1:9464", "a=b", "--for", "1h"], "got a URL"],
    [["silence", "/nonexistent", 'a="b"', "--for", "1h"], "not found"],
    [["test", "a", "b"], "expected one file or folder"],
    [["backtest", "tachymeter.db"], "expected rule files"],
  ] as const) {
    const child = await tachymeter("alerts", ...args);
    expect([args, (await child.exit).code]).toEqual([args, 2]);
    expect(child.stderr).toContain(text);
  }
});
