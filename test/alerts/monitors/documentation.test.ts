import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { CATALOGUE } from "../../../src/alerts/monitors/monitor-groups.ts";
import type { Monitor, MonitorParameter } from "../../../src/alerts/monitors/monitor.ts";

const PAGE = resolve(import.meta.dirname, "../../../docs/alerts.md");
const BEGIN = "<!-- monitors of the catalogue -->";
const END = "<!-- end of monitors -->";
const TITLES: Readonly<Record<string, string>> = { http: "HTTP" };
const MIB = 2 ** 20;

test("the page on alerts has a table of the monitors of each area", async () => {
  const page = readFileSync(PAGE, "utf8");
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
  expect([before > 0, after > before]).toEqual([true, true]);
  const generated = `${page.slice(0, before)}${BEGIN}\n\n${tables()}\n\n${page.slice(after)}`;
  await expect(generated, "npm run docs:pages writes it").toMatchFileSnapshot(PAGE);
});

function tables(): string {
  return [...CATALOGUE]
    .map(([area, monitors]) => {
      const title = TITLES[area] ?? `${area.slice(0, 1).toUpperCase()}${area.slice(1).replace("-", " ")}`;
      return [
        `### ${title}`,
        "",
        "| name | severity | fires if | parameters and defaults |",
        "|---|---|---|---|",
        ...monitors.map(rowOf),
      ].join("\n");
    })
    .join("\n\n");
}

function rowOf({ name, severities, fires, parameters }: Monitor): string {
  const shown = parameters.filter((each) => each.name !== "keepFiringFor" || each.defaultValue !== "0s");
  return `| \`${name}\` | ${severities.join(", ")} | ${fires} | ${shown.map(textOf).join(", ")} |`;
}

function textOf({ name, unit, defaultValue }: MonitorParameter): string {
  if (typeof defaultValue !== "number") return `\`${name}\`: ${defaultValue}`;
  if (unit === "bytes") return `\`${name}\`: ${defaultValue / MIB} MiB (in bytes)`;
  return `\`${name}\`: ${defaultValue}${unit === "s" ? " s" : ""}`;
}
