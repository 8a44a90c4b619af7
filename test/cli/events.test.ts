import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BridgeTelemetry } from "tachymeter/history";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { packedProject } from "../kit/packed-project.ts";
import { complaintsOf, runNode } from "../kit/process.ts";
import { tachymeter } from "./running.ts";
import { newFolder } from "../kit/new-folder.ts";

beforeAll(packedProject);

// Recent enough to be within the retention of events.
const AT = Math.floor(Date.now() / 1_000) - 3_600;

function time(event: number): string {
  return new Date((AT + event * 60) * 1_000).toISOString();
}

/** A store that is still being written. */
async function store(): Promise<string> {
  const path = join(newFolder("events"), "telemetry.db");
  const telemetry = new BridgeTelemetry({ storage_config: { connection_string: path } });
  onTestFinished(() => telemetry.close());
  for (const [i, [event_type, source, data]] of (
    [
      ["COMMAND", "core", { id: 1, say: 'a "b", c' }],
      ["ALERT", "disk", "nearly full"],
      ["COMMAND", "web", null],
    ] as const
  ).entries())
    await telemetry.recordEvent({ event_id: `id-${i}`, event_type, source, data, timestamp: AT + i * 60 });
  return path;
}

test("events are listed as a table, oldest first, while the application runs", async () => {
  const child = await tachymeter("events", await store());
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(complaintsOf(child)).toBe("");
  expect(child.stdout).toBe(`TIME                      TYPE     SOURCE  DATA
${time(0)}  COMMAND  core    {"id":1,"say":"a \\"b\\", c"}
${time(1)}  ALERT    disk    "nearly full"
${time(2)}  COMMAND  web     null
`);
});

test("JSON output has one line per event with all fields", async () => {
  const child = await tachymeter("events", await store(), "--json", "--type", "ALERT");
  expect(
    child.stdout
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line)),
  ).toEqual([
    {
      event_id: "id-1",
      event_type: "ALERT",
      source: "disk",
      timestamp: time(1),
      data: "nearly full",
      labels: {},
      metadata: {},
    },
  ]);
});

test("CSV output has a header", async () => {
  const child = await tachymeter("events", await store(), "--csv", "--source", "core");
  expect(child.stdout.split("\r\n")).toEqual([
    "timestamp,event_type,source,event_id,data,labels,metadata,trace_id,span_id",
    `${time(0)},COMMAND,core,id-0,"{""id"":1,""say"":""a \\""b\\"", c""}",{},{},,`,
    "",
  ]);
});

test("events are filtered by fields of their data", async () => {
  const path = await store();
  const of = async (...where: string[]): Promise<readonly string[]> => {
    const child = await tachymeter("events", path, "--json", ...where.map((each) => `--where=${each}`));
    return [...child.stdout.matchAll(/"event_id":"([^"]+)"/g)].map(([, id = ""]) => id);
  };
  expect(await of("id=1")).toEqual(["id-0"]);
  expect(await of("id=1", "id=2")).toEqual(["id-0"]);
  expect(await of("id!=1")).toEqual(["id-1", "id-2"]);
});

test("a range is specified in ISO 8601 or in seconds", async () => {
  const child = await tachymeter(
    "events",
    await store(),
    "--from",
    time(1).slice(0, 19),
    `--to=${AT + 60}`,
    "--json",
  );
  expect(child.stdout.match(/"event_id":"[^"]+"/g)).toEqual(['"event_id":"id-1"']);
  const none = await tachymeter("events", await store(), "--to", "2020-01-01");
  expect([none.stdout, (await none.exit).code]).toEqual(["no events\n", 0]);
});

test.each([
  [[], "events: missing store"],
  [["a.db", "b.db"], "events: expected one store, got 2"],
  [["http://ann:hush@"], "events: expected the file of a history, got a URL; the live page at"],
  [["nowhere.db"], 'store "nowhere.db": file not found'],
  [["a.db", "--form", "x"], "events: unknown option --form; see tachymeter events --help"],
  [["a.db", "--from"], "events: --from requires a value"],
  [["a.db", "--from", "soon"], "--from must be ISO 8601 (2026-01-31T12:00), seconds"],
  [["a.db", "--from", "1h", "--to", "2h"], "events: --from must not be after --to"],
  [["a.db", "--where", "id"], '--where must be attribute=value or attribute!=value, got "id"'],
  [["a.db", "--json=yes"], "events: --json takes no value; see tachymeter events --help"],
  [["a.db", "--json", "--csv"], "events: --json and --csv cannot be combined; choose one"],
])("%j is refused with exit code 2", async (args, message) => {
  const child = await tachymeter("events", ...args);
  expect(await child.exit).toEqual({ code: 2, signal: null });
  expect([child.stdout, child.stderr]).toEqual(["", expect.stringContaining(`tachymeter: ${message}`)]);
});

test("a file that is not a store is reported and not changed", async () => {
  const path = join(newFolder("events"), "notes.txt");
  writeFileSync(path, "these are notes\n".repeat(100));
  const child = await tachymeter("events", path);
  expect((await child.exit).code).toBe(1);
  expect(child.stderr).toContain("notes.txt");
});

test.runIf(process.platform !== "win32")(
  "it ends without an error if its output is closed early",
  async () => {
    const path = join(newFolder("events"), "telemetry.db");
    const telemetry = new BridgeTelemetry({ storage_config: { connection_string: path } });
    onTestFinished(() => telemetry.close());
    await Promise.all(
      Array.from({ length: 5_000 }, (_, data) =>
        telemetry.recordEvent({ event_type: "tick", source: "test", data }),
      ),
    );
    const { folder, installed } = await packedProject();
    const program = join(installed, "dist", "tachymeter.js");
    const child = runNode({
      cwd: folder,
      command: "bash",
      args: [
        "-c",
        'set -o pipefail; "$@" | head -n 2; echo "code $?"',
        "bash",
        process.execPath,
        program,
        "events",
        path,
      ],
    });
    expect(await child.exit).toEqual({ code: 0, signal: null });
    expect(child.stdout.split("\n").slice(1)).toEqual([
      expect.stringMatching(/tick {2,}test {2,}0$/),
      "code 0",
      "",
    ]);
    expect(complaintsOf(child)).toBe("");
  },
);

test("the command has its own help", async () => {
  const child = await tachymeter("events", "--help");
  expect(child.stdout).toMatch(/^Usage: tachymeter events <store>\n\nList the events of a history/);
});
