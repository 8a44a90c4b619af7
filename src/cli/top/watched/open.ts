// Finds out what an argument of `tachymeter top` is: a URL, a store or the directory of a group.
import { fetchText, type TextAnswer } from "../../fetch-text.ts";
import { statSync } from "node:fs";
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { shortPath } from "../../../diagnostics/foreign-text.ts";
import { showUrl } from "../../../diagnostics/show.ts";
import { UsageError } from "../../arguments.ts";
import { authorizationFor } from "../../credentials.ts";
import { baseOf, isUrl, openFile, openServer } from "../../open-history.ts";
import { groupIn } from "../../scrape.ts";
import { Scraped } from "./scraped.ts";
import { Served } from "./served.ts";
import { Stored } from "./stored.ts";
import type { Watched } from "./watched.ts";

const SCRAPE_SECONDS = 2;
const GROUP_SECONDS = 1;
const TIMEOUT_MILLIS = 10_000;

/**
 * Opens what an argument names.
 *
 * @throws UsageError if there is no such file or folder, or the URL is invalid
 * @throws Error if the store cannot be opened, the directory has no group, or the server does not respond
 */
export async function openWatched(place: string, signal: AbortSignal): Promise<Watched> {
  if (isUrl(place)) return openUrl(place, signal);
  const isDirectory = statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isDirectory) return openGroup(place, await groupIn(place));
  return new Stored(place, await openFile(place));
}

/** Default address: that of the Prometheus endpoint of an application on this machine. */
export function defaultUrl(environment: NodeJS.ProcessEnv): string {
  const { OTEL_EXPORTER_PROMETHEUS_HOST: host = "", OTEL_EXPORTER_PROMETHEUS_PORT: port = "" } = environment;
  const isReachable = !["", "0.0.0.0", "::"].includes(host);
  const address = isReachable ? (host.includes(":") ? `[${host}]` : host) : "127.0.0.1";
  return `http://${address}:${port === "" ? 9464 : port}`;
}

// A server without the API, but with metrics, is scraped.
async function openUrl(place: string, signal: AbortSignal): Promise<Watched> {
  if (!URL.canParse(place)) throw new UsageError("top: expected a valid URL, such as http://127.0.0.1:9464");
  const url = new URL(place);
  const served = new Served(baseOf(place), await openServer(place));
  try {
    await served.refresh(signal);
    return served;
  } catch (refused) {
    const scrape = scrapeOf(url);
    try {
      await scrape(signal);
    } catch (error) {
      await served.close();
      // The API's own error is more helpful, unless only the metrics are there.
      throw error instanceof ScrapeError ? refused : error;
    }
    await served.close();
    return new Scraped({ name: showUrl(url), interval: SCRAPE_SECONDS, scrape });
  }
}

/** The server has responded with something else. */
class ScrapeError extends Error {
  override readonly name = "ScrapeError";
}

function scrapeOf(url: URL): (signal: AbortSignal) => Promise<string> {
  const target = new URL(url);
  target.username = target.password = "";
  if (target.pathname === "/") target.pathname = "/metrics";
  const shown = showUrl(url);
  const headers = { accept: "text/plain;version=0.0.4", ...authorizationFor(url) };
  return async (signal) => {
    let response: TextAnswer;
    try {
      response = await fetchText(target, headers, TIMEOUT_MILLIS, signal);
    } catch (error) {
      const reason = errorMessage(error);
      throw new Error(`"${shown}": no response (${reason}); check that the application runs`, {
        cause: error,
      });
    }
    if (response.isOk && !response.contentType.includes("html")) return response.text;
    throw new ScrapeError(`"${shown}": no metrics are served (status ${response.status})`);
  };
}

async function openGroup(place: string, folder: string): Promise<Watched> {
  const { memberCount, readEach, readFigures } = await import("../../../group/read-figures.ts");
  const { renderPrometheus } = await import("../../../readers/prometheus/index.ts");
  return new Scraped({
    name: shortPath(place),
    interval: GROUP_SECONDS,
    scrape: async () => {
      await groupIn(folder);
      return renderPrometheus(await readFigures(folder));
    },
    processCount: () => memberCount(folder),
    scrapeEach: async () => {
      const each = await readEach(folder);
      return each.map(({ figures, ...member }) => ({ ...member, text: renderPrometheus(figures) }));
    },
  });
}
