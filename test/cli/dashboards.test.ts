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

test("dashboards of a file of metadata are resources of version 2 if asked for", async () => {
  const out = newFolder("dashboards");
  const file = join(out, "metadata.json");
  const orders = [{ type: "counter", help: "Orders placed", unit: "" }];
  writeFileSync(file, JSON.stringify({ status: "success", data: { orders_total: orders } }));
  const args = ["--out", join(out, "v2"), "--for", file, "--format", "v2"];
  await outputOf(await tachymeter("dashboards", "export", ...args));
  expect(readdirSync(join(out, "v2"))).toEqual(["tachymeter-instruments.json"]);
  const text = readFileSync(join(out, "v2", "tachymeter-instruments.json"), "utf8");
  expect(JSON.parse(text)).toMatchObject({
    apiVersion: "dashboard.grafana.app/v2",
    metadata: { name: "tachymeter-instruments" },
    spec: { elements: { "panel-1": { spec: { title: "orders_total", description: "Orders placed" } } } },
  });
});

test.each([
  [["dashboards"], 'dashboards: expected "export", got ""'],
  [["dashboards", "import"], 'dashboards: expected "export", got "import"'],
  [["dashboards", "export"], "dashboards: --out is missing; specify the folder of the files"],
  [
    ["dashboards", "export", "--out", "OUT", "--format", "v3"],
    'dashboards: --format must be one of classic, v2, got "v3"',
  ],
  [
    ["dashboards", "export", "--out", "OUT", "--bridge", "statsd"],
    'dashboards: --bridge must be one of prom-client, got "statsd"',
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
