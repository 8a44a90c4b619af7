import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { newFolder } from "../kit/new-folder.ts";
import { packedProject } from "../kit/packed-project.ts";
import { outputOf } from "../kit/process.ts";
import { tachymeter } from "./running.ts";
import { shopHistory } from "./shop-history.ts";

beforeAll(packedProject);

test("dashboards of the catalogue are written to a new folder, which is listed", async () => {
  const out = join(newFolder("dashboards"), "new", "folder");
  const child = await tachymeter("dashboards", "export", "--out", out, "--bridge", "prom-client");
  const lines = (await outputOf(child)).trimEnd().split("\n");
  expect(lines.toSorted()).toEqual(readdirSync(out).map((name) => join(out, name)));
  expect(readdirSync(out)).toEqual(
    expect.arrayContaining(["prom-client-rules.yml", "tachymeter-overview.json", "tachymeter-machine.json"]),
  );
});

test("dashboards of a history have its metrics only", async () => {
  const out = newFolder("dashboards");
  await outputOf(await tachymeter("dashboards", "export", "--out", out, "--for", await shopHistory()));
  // Its queue, its disk, its commands and its requests are in the catalogue.
  expect(readdirSync(out)).toEqual([
    "tachymeter-commands.json",
    "tachymeter-http.json",
    "tachymeter-machine.json",
    "tachymeter-messages.json",
    "tachymeter-overview.json",
  ]);
});

test("dashboards of a file of metadata have a panel for each metric", async () => {
  const out = newFolder("dashboards");
  const file = join(out, "metadata.json");
  const orders = [{ type: "counter", help: "Orders placed", unit: "" }];
  writeFileSync(file, JSON.stringify({ status: "success", data: { orders_total: orders } }));
  await outputOf(await tachymeter("dashboards", "export", "--out", join(out, "new"), "--for", file));
  expect(readdirSync(join(out, "new"))).toEqual(["tachymeter-instruments.json"]);
  const text = readFileSync(join(out, "new", "tachymeter-instruments.json"), "utf8");
  const panel = expect.objectContaining({ title: "orders_total", description: "Orders placed" });
  const panels = expect.arrayContaining([panel]);
  expect(JSON.parse(text)).toMatchObject({ uid: "tachymeter-instruments", panels });
});

test.each([
  [["dashboards"], 'dashboards: expected "export", got ""'],
  [["dashboards", "import"], 'dashboards: expected "export", got "import"'],
  [["dashboards", "export"], "dashboards: --out is missing; specify the folder of the files"],
  [
    ["dashboards", "export", "--out", "OUT", "--bridge", "statsd"],
    'dashboards: --bridge must be prom-client, got "statsd"',
  ],
  [["dashboards", "export", "--out", "OUT", "--for", "no.db"], 'store "no.db": file not found'],
  [["dashboards", "export", "--out", "OUT", "--for", "no.json"], '--for "no.json": ENOENT'],
])("%j exits with code 2 and an error message, and writes nothing", async (given, message) => {
  const out = join(newFolder("dashboards"), "out");
  const child = await tachymeter(...given.map((word) => (word === "OUT" ? out : word)));
  expect(await child.exit).toEqual({ code: 2, signal: null });
  expect(child.stderr).toContain(`tachymeter: ${message}`);
  expect(existsSync(out)).toBe(false);
});
