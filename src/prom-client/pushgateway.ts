/** Client of a Pushgateway, as prom-client's. */
import http, { type IncomingMessage, type OutgoingHttpHeaders, type RequestOptions } from "node:http";
import https from "node:https";
import { urlToHttpOptions } from "node:url";
import { gzipSync } from "node:zlib";
import type { RegistryContentType } from "./content-type.ts";
import { isRegistry, register, type Registry } from "./registry.ts";
import { hide, STATE } from "./state.ts";

/** Types of a Pushgateway's client. */
export declare namespace Pushgateway {
  /** The group that is pushed. */
  interface Parameters {
    /** Value of label `job`. */
    jobName: string;
    /** Further labels of the group. */
    groupings?: { [key: string]: string };
  }
}

interface Answer {
  resp?: unknown;
  body?: unknown;
}

/** Pushes a registry to a Pushgateway. `options` are those of Node's `http.request`, and `requireJobName`. */
export class Pushgateway<T extends RegistryContentType> {
  /** @internal */
  declare readonly [STATE]: State;

  /** @param url of the Pushgateway, such as `http://127.0.0.1:9091`. */
  constructor(url: string, registry: Registry<T>);
  // oxlint-disable-next-line typescript/no-explicit-any -- as in prom-client
  constructor(url: string, options?: any, registry?: Registry<T>);
  constructor(gatewayUrl: string, given: unknown, registryGiven?: State["registry"] | null) {
    // The successor's form without options.
    const [options, registry] = isRegistry(given) ? [undefined, given] : [given, registryGiven];
    const {
      requireJobName = true,
      headers,
      ...requestOptions
    }: Record<string, unknown> = Object(options ?? {});
    const state: State = {
      gatewayUrl,
      registry: registry ?? register,
      requireJobName: Boolean(requireJobName),
      requestOptions,
      headers: Object(headers ?? {}),
    };
    hide(this, STATE, state);
  }

  /** @internal As in prom-client. */
  get gatewayUrl(): string {
    return this[STATE].gatewayUrl;
  }

  /** Replaces the metrics of the group that have the same names. */
  pushAdd(params?: Pushgateway.Parameters): Promise<Answer> {
    return send(this[STATE], "POST", params);
  }

  /** Replaces all metrics of the group. */
  push(params?: Pushgateway.Parameters): Promise<Answer> {
    return send(this[STATE], "PUT", params);
  }

  /** Deletes all metrics of the group. */
  delete(params?: Pushgateway.Parameters): Promise<Answer> {
    return send(this[STATE], "DELETE", params);
  }
}

interface State {
  readonly gatewayUrl: string;
  readonly registry: { metrics(): Promise<string> };
  readonly requireJobName: boolean;
  readonly requestOptions: RequestOptions;
  readonly headers: OutgoingHttpHeaders;
}

function send(
  state: State,
  method: string,
  { jobName, groupings }: Partial<Pushgateway.Parameters> = {},
): Promise<Answer> {
  if (state.requireJobName && !jobName) throw new Error("Missing jobName parameter");
  return exchange(state, method, jobName ? pathOf(jobName, groupings ?? {}) : "");
}

async function exchange(state: State, method: string, jobPath: string): Promise<Answer> {
  const target = new URL(state.gatewayUrl);
  target.pathname = `${target.pathname === "/" ? "" : target.pathname}/metrics${jobPath}`;
  target.search = "";
  target.hash = "";
  const { "Content-Encoding": encoding, ...headers } = { ...state.headers };
  const isZipped = encoding === "gzip" && method !== "DELETE";
  if (encoding !== undefined && method !== "DELETE") headers["Content-Encoding"] = encoding;
  const options = { ...urlToHttpOptions(target), ...state.requestOptions, headers, method };
  return new Promise((resolve, reject) => {
    // Looked up for each request, and with one object of options, as in prom-client: tests replace `http.request`.
    const { protocol } = target;
    const sent = (protocol === "https:" ? https : http).request(
      options,
      (response) => void finish(response).then(resolve, reject),
    );
    sent.on("error", reject);
    sent.on("timeout", () => sent.destroy(new Error("Pushgateway request timed out")));
    if (method === "DELETE") sent.end();
    else {
      const written = state.registry.metrics().then((text) => sent.end(isZipped ? gzipSync(text) : text));
      // An open connection would keep the process alive.
      written.catch((error: unknown) => {
        reject(error);
        sent.destroy();
      });
    }
  });
}

async function finish(response: IncomingMessage): Promise<Answer> {
  let body = "";
  response.setEncoding("utf8");
  for await (const chunk of response) body += String(chunk);
  const { statusCode = 0 } = response;
  if (statusCode >= 400) throw new Error(`push failed with status ${statusCode}, ${body}`);
  return { resp: response, body };
}

function pathOf(jobName: string, groupings: Readonly<Record<string, string>>): string {
  const labels = Object.entries(groupings).flat();
  return `/job/${[jobName, ...labels].map(encodeURIComponent).join("/")}`;
}
