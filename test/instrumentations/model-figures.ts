// The set-up and the figures of the tests of models' clients.
import { inspect } from "node:util";
import { diag } from "@opentelemetry/api";
import { afterEach, beforeEach } from "vitest";
import type { LibraryInstrumentation } from "../../instrumentations/shared/library-instrumentation.ts";
import type { ModelConfig } from "../../instrumentations/shared/model-options.ts";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { countOf } from "./histogram-figures.ts";
import type { ModelServer } from "./model-server.ts";

/** Texts that tests send, and that no output may have. */
export const SECRETS: readonly string[] = ["sk-secret", "secret prompt", "secret answer"];

/** Figures of one client's calls, collected anew for each test. The instrumentation is enabled for the time of a test. */
export class ModelFigures {
  /** Attributes of a call before its response. */
  readonly request: Readonly<Record<string, string | number>>;
  /** Attributes of a call with its response. */
  readonly response: Readonly<Record<string, string | number>>;
  collecting: Collecting = collectingProvider();
  #logged: string[] = [];

  constructor(
    instrumentation: LibraryInstrumentation<ModelConfig>,
    server: ModelServer,
    provider: string,
    requestModel: string,
    responseModel?: string,
    operation = "chat",
  ) {
    this.request = {
      "gen_ai.operation.name": operation,
      "gen_ai.provider.name": provider,
      "gen_ai.request.model": requestModel,
      "server.address": "127.0.0.1",
      "server.port": server.port,
    };
    this.response = {
      ...this.request,
      ...(responseModel !== undefined && { "gen_ai.response.model": responseModel }),
    };
    beforeEach(() => {
      this.collecting = collectingProvider();
      this.#logged = [];
      const log = (...given: readonly unknown[]): void => void this.#logged.push(inspect(given));
      diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log });
      instrumentation.setMeterProvider(this.collecting.provider);
      instrumentation.enable();
    });
    afterEach(() => {
      instrumentation.disable();
      diag.disable();
    });
  }

  /** All tokens of a kind, `input_tokens`, of all operations and models; `undefined` if none are recorded. */
  async tokens(kind: string): Promise<number | undefined> {
    const points = await this.collecting.points(`gen_ai.client.inference.usage.${kind}`);
    return points.length === 0 ? undefined : points.reduce((sum, { value }) => sum + Number(value), 0);
  }

  /** The input, the output, and what of the input was read from a cache. */
  async allTokens(): Promise<object> {
    return {
      input: await this.tokens("input_tokens"),
      output: await this.tokens("output_tokens"),
      cached: await this.tokens("cache_read.input_tokens"),
    };
  }

  /** Number of calls, by the type of their error or `ok`. */
  async calls(metric = "inference.duration"): Promise<Record<string, number>> {
    const points = await this.collecting.points(`gen_ai.client.${metric}`);
    const counts: Record<string, number> = {};
    for (const { attributes, value } of points) {
      const type = String(attributes["error.type"] ?? "ok");
      counts[type] = (counts[type] ?? 0) + (countOf(value) ?? 0);
    }
    return counts;
  }

  /** Number of calls that repeat a failed one, by their attributes. */
  async retries(): Promise<readonly unknown[]> {
    return (await this.collecting.points("llm.retries")).map(({ value }) => value);
  }

  /** Number of responses by the reason of their end. */
  async reasons(): Promise<Record<string, unknown>> {
    const points = await this.collecting.points("llm.responses");
    return Object.fromEntries(
      points.map(({ attributes, value }) => [String(attributes["llm.finish_reason"]), value]),
    );
  }

  /** The attributes of all calls. */
  async attributes(): Promise<readonly object[]> {
    return (await this.collecting.points("gen_ai.client.inference.duration")).map(
      ({ attributes }) => attributes,
    );
  }

  /** The secrets in anything that is recorded or logged; none if all is well. */
  async leaks(): Promise<readonly string[]> {
    const all = JSON.stringify(await this.collecting.collect()) + this.#logged.join("\n");
    return SECRETS.filter((secret) => all.includes(secret));
  }
}
