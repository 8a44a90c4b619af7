// A started Tachymeter whose HTTP API a test can ask.
import { start, type Options, type Tachymeter } from "tachymeter";
import { onTestFinished } from "vitest";

/** The body of an answer. */
export interface ApiBody {
  readonly status: "success" | "error";
  readonly data?: unknown;
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/** A started Tachymeter with its API. */
export interface Served {
  readonly telemetry: Tachymeter;
  /** URL before `/api/v1`. */
  readonly url: string;
  readonly ask: (
    path: string,
    parameters?: Record<string, string>,
    init?: RequestInit,
  ) => Promise<{ readonly status: number; readonly body: ApiBody }>;
}

/** Starts on a free port, with option `api` unless `options` are given without it. It ends with the test. */
export async function served(options: Options = { api: true }): Promise<Served> {
  const telemetry = start({
    serviceName: "shop",
    host: false,
    runtime: false,
    group: false,
    instrumentations: [],
    readers: [{ type: "prometheus", port: 0 }],
    ...options,
  });
  onTestFinished(() => telemetry.shutdown());
  await telemetry.ready;
  const url = new URL("/", telemetry.prometheusUrl).href.slice(0, -1);
  return {
    telemetry,
    url,
    async ask(path, parameters = {}, init = {}) {
      const search = new URLSearchParams(parameters).toString();
      const response = await fetch(`${url}/api/v1/${path}${search === "" ? "" : `?${search}`}`, init);
      const body: ApiBody = JSON.parse(await response.text());
      return { status: response.status, body };
    },
  };
}
