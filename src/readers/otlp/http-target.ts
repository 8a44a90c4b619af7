// Where and how requests go, by upstream's own reading of options and variables.
import type { Agent } from "node:http";
import { showUrl } from "../../diagnostics/show.ts";
import { VERSION } from "../../version.ts";
import { httpSettings, type UpstreamOtlpOptions } from "./upstream.ts";

/** The receiver of an OTLP/HTTP exporter. */
export interface HttpTarget {
  readonly url: URL;
  /** For logs and attributes: without user, password and query, which may be secrets. */
  readonly shownUrl: string;
  /** Asked for each request, since what the user gave may be a function. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly agent: () => Promise<Agent>;
  /** Whether the agent is the exporter's alone, so that it ends with it. */
  readonly isOwnAgent: boolean;
  readonly isCompressed: boolean;
  /** Of one request, connecting included. */
  readonly timeoutMillis: number;
}

/**
 * Reads `OTEL_EXPORTER_OTLP_*` beneath the options.
 *
 * @throws Error of upstream's, where URL or time-out cannot be used.
 */
export function httpTarget(options: UpstreamOtlpOptions): HttpTarget {
  const settings = httpSettings(options);
  const url = new URL(settings.url);
  const product = `Tachymeter-OTLP-Exporter-JavaScript/${VERSION}`;
  const userAgent = settings.userAgent === undefined ? product : `${settings.userAgent} ${product}`;
  return {
    url,
    shownUrl: showUrl(url),
    headers: async () => ({ ...(await settings.headers()), "User-Agent": userAgent }),
    agent: async () => settings.agentFactory(url.protocol),
    isOwnAgent: typeof Reflect.get(options, "httpAgentOptions") !== "function",
    isCompressed: settings.compression === "gzip",
    timeoutMillis: settings.timeoutMillis,
  };
}

/** The server of a URL, for attributes: addresses of IPv6 without their brackets. */
export function serverOf({ hostname, port, protocol }: URL): { address: string; port: number } {
  const standardPort = protocol === "https:" ? 443 : 80;
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  return { address, port: port === "" ? standardPort : Number(port) };
}
