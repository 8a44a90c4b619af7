// Servers with Prometheus' HTTP API and the recorded data: real ones, and our own endpoint.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "tachymeter";
import type { TestContext } from "vitest";
import { newFolder } from "../../kit/new-folder.ts";
import { defaultResource } from "../../../src/engine/resource.ts";
import { serveSource } from "../../query/http/served-source.ts";
import { QUERY_ENGINES, queryEngine } from "../../servers/query-engines.ts";
import type { Recorded } from "./recorded.ts";

/** The servers; "live figures" and "an application" are our endpoint without and with a history. */
export const SERVERS = [...QUERY_ENGINES, "live figures", "an application"] as const;

/** Name of a server. */
export type ServerName = (typeof SERVERS)[number];

/** Whether a source has more than metrics. */
export interface Capabilities {
  readonly events: boolean;
  readonly usage: boolean;
}

/** Capabilities of the sources. The HTTP API has no events, and ours has no usage. */
export const CAPABILITIES: Readonly<Record<ServerName | "a history", Capabilities>> = {
  "a history": { events: true, usage: true },
  "Prometheus 2": { events: false, usage: true },
  "Prometheus 3": { events: false, usage: true },
  VictoriaMetrics: { events: false, usage: true },
  "live figures": { events: false, usage: false },
  "an application": { events: false, usage: false },
};

/** Starts each server once. */
export class Servers {
  readonly #data: Recorded;
  readonly #urls = new Map<ServerName, Promise<string>>();
  readonly #closes: (() => Promise<void>)[] = [];

  constructor(data: Recorded) {
    this.#data = data;
  }

  /** The URL before `/api/v1`. Skips the test if a real server is not installed. */
  urlOf(context: TestContext, name: ServerName): Promise<string> {
    const url = this.#urls.get(name) ?? this.#started(context, name);
    this.#urls.set(name, url);
    return url;
  }

  /** Ends our endpoints. Real servers end with the file. */
  async close(): Promise<void> {
    for (const close of this.#closes.splice(0)) await close();
  }

  async #started(context: TestContext, name: ServerName): Promise<string> {
    if (name !== "live figures" && name !== "an application")
      return queryEngine(context, name, this.#data.openMetrics);
    const { url, close } =
      name === "live figures" ? await serveSource(this.#data.live) : await this.#application();
    this.#closes.push(close);
    return url;
  }

  async #application(): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
    const path = join(newFolder("application"), "tachymeter.db");
    copyFileSync(this.#data.path, path);
    const telemetry = start({
      api: true,
      history: { path, retention: { metricsDays: 36_500 } },
      readers: [{ type: "prometheus", port: 0 }],
      host: false,
      runtime: false,
      group: false,
      instrumentations: [],
      // That of the recorded data.
      serviceName: String(defaultResource().attributes["service.name"]),
    });
    await telemetry.ready;
    return {
      url: new URL("/", telemetry.prometheusUrl).href.slice(0, -1),
      close: () => telemetry.shutdown(),
    };
  }
}
