/** Client of a Pushgateway, as prom-client's. */
import {
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as requestByHttp,
  type RequestOptions,
} from "node:http";
import { request as requestByHttps } from "node:https";
import { gzipSync } from "node:zlib";
import type { RegistryContract } from "./contracts.ts";
import type { RegistryContentType } from "./content-type.ts";
import { register } from "./registry.ts";

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
  readonly #url: string;
  readonly #registry: Pick<RegistryContract<T>, "metrics">;
  readonly #options: RequestOptions;
  readonly #headers: OutgoingHttpHeaders;
  readonly #requiresJobName: boolean;

  /** @param url of the Pushgateway, such as `http://127.0.0.1:9091`. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as in prom-client
  constructor(url: string, options?: any, registry?: RegistryContract<T>);
  constructor(url: string, options: unknown, registry?: Pick<RegistryContract<T>, "metrics"> | null) {
    const {
      requireJobName = true,
      headers,
      ...requestOptions
    }: Record<string, unknown> = Object(options ?? {});
    this.#url = url;
    this.#registry = registry ?? register;
    this.#requiresJobName = Boolean(requireJobName);
    this.#options = requestOptions;
    this.#headers = Object(headers ?? {});
  }

  /** Replaces the metrics of the group that have the same names. */
  pushAdd(params?: Pushgateway.Parameters): Promise<Answer> {
    return this.#send("POST", params);
  }

  /** Replaces all metrics of the group. */
  push(params?: Pushgateway.Parameters): Promise<Answer> {
    return this.#send("PUT", params);
  }

  /** Deletes all metrics of the group. */
  delete(params?: Pushgateway.Parameters): Promise<Answer> {
    return this.#send("DELETE", params);
  }

  #send(method: string, { jobName, groupings }: Partial<Pushgateway.Parameters> = {}): Promise<Answer> {
    if (this.#requiresJobName && !jobName) throw new Error("Missing jobName parameter");
    return this.#exchange(method, jobName ? pathOf(jobName, groupings ?? {}) : "");
  }

  async #exchange(method: string, jobPath: string): Promise<Answer> {
    const target = new URL(this.#url);
    target.pathname = `${target.pathname === "/" ? "" : target.pathname}/metrics${jobPath}`;
    target.search = "";
    target.hash = "";
    const { "Content-Encoding": encoding, ...headers } = { ...this.#headers };
    const isZipped = encoding === "gzip" && method !== "DELETE";
    if (encoding !== undefined && method !== "DELETE") headers["Content-Encoding"] = encoding;
    const options = { ...this.#options, headers, method };
    return new Promise((resolve, reject) => {
      const request = target.protocol === "https:" ? requestByHttps : requestByHttp;
      const sent = request(target, options, (response) => void finish(response).then(resolve, reject));
      sent.on("error", reject);
      sent.on("timeout", () => sent.destroy(new Error("Pushgateway request timed out")));
      if (method === "DELETE") sent.end();
      else this.#registry.metrics().then((text) => sent.end(isZipped ? gzipSync(text) : text), reject);
    });
  }
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
