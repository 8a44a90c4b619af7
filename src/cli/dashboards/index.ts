// `tachymeter dashboards export`: dashboards for Grafana from the instruments that exist.
import { join } from "node:path";
import { panelsFor } from "../../page/panels/index.ts";
import { shownText } from "../../diagnostics/foreign-text.ts";
import { makeFolderSync } from "../../io/files/open-file.ts";
import { replaceFileSync } from "../../io/files/replace.ts";
import { UsageError, type WordArguments } from "../arguments.ts";
import type { Command } from "../command.ts";
import { askHistory } from "../open-history.ts";
import { Output } from "../output.ts";
import { areaDashboards, type Dashboard } from "./dashboard.ts";
import { grafanaDashboard } from "./grafana-dashboard.ts";
import type { Syntax } from "./expressions.ts";
import { instrumentDashboard } from "./generic-panels.ts";
import { type Instrument, instrumentsOf, isShown, seriesNames } from "./instruments.ts";
import { instrumentsOfFile } from "./metadata-file.ts";
import { PROM_CLIENT_RULES } from "./prom-client-rules.ts";

const BRIDGE = "prom-client";

/** The `dashboards` command. */
export const dashboards: Command = {
  name: "dashboards",
  parameters: "export --out <folder>",
  summary: "write dashboards for Grafana: an overview, and one for each area",
  details: [
    "",
    "  --out <folder>       the folder of the files, one for each dashboard",
    "  --for <store>        only panels of metrics that exist, and generic ones for all others. <store> is a history file,",
    "                       the URL of a server with the Prometheus HTTP API, or a file (.json) with its metadata",
    "  --bridge prom-client write recording rules, too: prom-client-rules.yml, the names of prom-client's default metrics",
    "",
    "Exit codes: 0 success, 1 the store cannot be read or the folder cannot be written, 2 invalid arguments.",
  ],
  options: { texts: ["out", "for", "bridge"] },
  run: async (given) => {
    const [action, ...others] = given.positionals;
    if (action !== "export" || others.length > 0) {
      const got = given.positionals.join(" ");
      throw new UsageError(`dashboards: expected "export", got "${got}"; see tachymeter dashboards --help`);
    }
    const out = given.text("out");
    if (out === undefined || out.trim() === "")
      throw new UsageError("dashboards: --out is missing; specify the folder of the files");
    const bridge = given.text("bridge");
    if (bridge !== undefined && bridge !== BRIDGE)
      throw new UsageError(`dashboards: --bridge must be ${BRIDGE}, got "${bridge}"`);
    return withInstruments(given, async (instruments) => {
      const { parse, format } = await import("../../query/index.ts");
      const syntax = { parse, format };
      const files = new Map(
        dashboardsFor(instruments, syntax).map((dashboard) => [
          `${dashboard.uid}.json`,
          `${JSON.stringify(grafanaDashboard(dashboard, syntax), undefined, 2)}\n`,
        ]),
      );
      if (bridge !== undefined) {
        const { exportRules } = await import("../../alerts/parts.ts");
        files.set(`${bridge}-rules.yml`, exportRules([PROM_CLIENT_RULES]));
      }
      makeFolderSync(out, 0o777);
      for (const [name, text] of files) replaceFileSync(join(out, name), text);
      const written = [...files.keys()].map((name) => `${shownText(join(out, name))}\n`);
      await new Output(process.stdout).write(written.join(""));
    });
  },
};

/** The dashboards for instruments; those of the whole catalogue if the instruments are unknown. */
export function dashboardsFor(
  instruments: readonly Instrument[] | undefined,
  syntax: Syntax,
): readonly Dashboard[] {
  if (instruments === undefined) return areaDashboards();
  const panels = panelsFor(new Set(instruments.flatMap(seriesNames)));
  const others = instruments.filter((instrument) => !isShown(instrument, panels, syntax));
  const generic = instrumentDashboard(others, syntax);
  return [...areaDashboards(panels), ...(generic === undefined ? [] : [generic])];
}

async function withInstruments(
  given: WordArguments,
  use: (instruments: readonly Instrument[] | undefined) => Promise<void>,
): Promise<number> {
  const store = given.text("for");
  if (store !== undefined && !store.endsWith(".json")) {
    return askHistory(store, async (history) => use(await instrumentsOf(history)));
  }
  await use(store === undefined ? undefined : instrumentsOfFile(store));
  return 0;
}
