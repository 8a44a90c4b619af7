import type { Attributes } from "@opentelemetry/api";
import { facadeOptions } from "../../options/facades.ts";
import type { ModelPrice } from "../../options/prices.ts";
import { readField } from "../../events/labels.ts";
import { isObject } from "../../options/check.ts";
import { boundedName, BoundedNames, OTHER_NAME } from "../../recording/bounded-names.ts";
import { errorTypeOf } from "../../recording/error-type.ts";
import { FacadeMeter, type FacadeOptions } from "../../recording/facade-meter.ts";
import { type GuardedHistogram, refuseAmount } from "../../recording/guarded-instruments.ts";
import { assertFunction, timedCall } from "../../recording/timed-call.ts";
import { LogOnce } from "../../diagnostics/log-once.ts";
import { costOf } from "./cost.ts";
import { InnerCalls } from "./inner-calls.ts";
import { type CallInstruments, createGenAiInstruments, type GenAiInstruments } from "./instruments.ts";
import { GenAiOperation, type OperationRecord } from "./operation.ts";
import { Prices } from "./prices.ts";
import { type GenAiUsage, tokensOf } from "./usage.ts";

/** Options of `GenAi`. */
export interface GenAiOptions extends FacadeOptions {
  /**
   * Maximum number of models of one provider, and of names of tools and of agents; further ones are recorded as `_other`.
   *
   * @defaultValue 100
   */
  readonly maxNames?: number | undefined;
  /**
   * Prices by the name of the model, or the path of a JSON file with them, which is read again when it changes. Without the price
   * of a model, its cost is not recorded.
   */
  readonly prices?: Readonly<Record<string, ModelPrice>> | string | undefined;
}

/** A call of a model. */
export interface GenAiRequest {
  /** Provider of the model: `openai`, `anthropic`, `gcp.gemini`, `aws.bedrock`. */
  readonly provider: string;
  /**
   * Kind of the call: `chat`, `text_completion`, `generate_content`, `embeddings`.
   *
   * @defaultValue `"chat"`
   */
  readonly operation?: string | undefined;
  /** Name of the model that is asked for. */
  readonly requestModel?: string | undefined;
  /** Host of the model's server. */
  readonly serverAddress?: string | undefined;
  /** Its port; only with `serverAddress`. */
  readonly serverPort?: number | undefined;
  /**
   * Whether this attempt repeats a failed one: it is counted in `llm.retries`, too.
   *
   * @defaultValue false
   */
  readonly isRetry?: boolean | undefined;
}

const DEFAULT_MAX_NAMES = 100;
const MAX_PROVIDERS = 50;
const MAX_KINDS = 50;
const MAX_RECORDS = 2_000;
const DURATION = "gen_ai.client.inference.duration";

/**
 * Records calls of language models, tools and agents: durations, tokens, time to the first chunk, cost. It takes no prompt, no
 * response and no key. Invalid numbers are dropped, counted in `telemetry.dropped` and logged once. No call throws, except
 * `tool` and `agent` if their function throws.
 *
 * The names are those of OpenTelemetry's semantic conventions for generative AI, 0.1.0. `llm.cost`, `llm.responses` and `llm.retries`
 * are ours.
 *
 * @example
 * const genAi = new GenAi({ prices: { "gpt-5": { input: 1.25, cachedInput: 0.125, output: 10 } } });
 * const operation = genAi.operation({ provider: "openai", requestModel: "gpt-5" });
 * try {
 *   const { usage } = await ask();
 *   operation.ended({ inputTokens: usage.input, outputTokens: usage.output });
 * } catch (error) {
 *   operation.failed(error);
 *   throw error;
 * }
 */
export class GenAi {
  readonly #meter: FacadeMeter;
  readonly #instruments: GenAiInstruments;
  readonly #maxNames: number;
  readonly #prices: Prices;
  readonly #hasPrices: boolean;
  readonly #once = new LogOnce();
  readonly #models = new Map<string | undefined, Map<string | undefined, true>>();
  readonly #kinds = new BoundedNames(MAX_KINDS);
  readonly #reasons = new BoundedNames(MAX_KINDS);
  readonly #servers = new BoundedNames(DEFAULT_MAX_NAMES);
  readonly #tools: BoundedNames;
  readonly #agents: BoundedNames;
  readonly #records = new Map<string, OperationRecord>();

  /**
   * Creates the facade.
   *
   * @throws OptionsError if `maxNames` is not a whole number above 0, or `prices` are not prices.
   */
  constructor(options: GenAiOptions = {}) {
    const { maxNames = DEFAULT_MAX_NAMES, prices } = facadeOptions("genAi", options);
    this.#maxNames = maxNames;
    this.#prices = new Prices(prices ?? {});
    this.#hasPrices = prices !== undefined;
    this.#tools = new BoundedNames(maxNames);
    this.#agents = new BoundedNames(maxNames);
    this.#meter = new FacadeMeter("tachymeter.gen_ai", options);
    this.#instruments = createGenAiInstruments(this.#meter);
  }

  /** @internal A file of prices is not read again. */
  end(): void {
    this.#prices.end();
  }

  /** Begins a call of a model. */
  operation(request: GenAiRequest): GenAiOperation {
    InnerCalls.note(request);
    return new GenAiOperation(this.#recordOf("client", request), readField(request, "isRetry") === true);
  }

  /** Begins a request to a model that this process serves. Call `chunk` for the first token, and `ended` with the tokens. */
  served(request: GenAiRequest): GenAiOperation {
    return new GenAiOperation(this.#recordOf("server", request));
  }

  /**
   * Runs a tool of an agent and records its time; if it returns a promise, until that settles. Results and errors are passed
   * through; instead of a promise, another one with the same outcome is returned.
   */
  tool<T>(name: string, execute: () => T): T {
    assertFunction("genAi.tool: execute", execute);
    const { tool } = this.#instruments;
    return this.#timed(tool, "gen_ai.tool.name", "execute_tool", this.#tools, name, execute);
  }

  /** Runs an agent and records its time, as {@link tool} does. */
  agent<T>(name: string, invoke: () => T): T {
    assertFunction("genAi.agent: invoke", invoke);
    const { agent } = this.#instruments;
    return this.#timed(agent, "gen_ai.agent.name", "invoke_agent", this.#agents, name, invoke);
  }

  #timed<T>(
    duration: GuardedHistogram,
    key: string,
    operation: string,
    names: BoundedNames,
    given: unknown,
    call: () => T,
  ): T {
    return timedCall(call, (seconds, failure) => {
      const name = this.#meter.labelFrom(given, DURATION, key);
      duration.record(seconds, {
        "gen_ai.operation.name": operation,
        ...(name !== undefined && { [key]: names.of(name) }),
        ...(failure !== undefined && { "error.type": errorTypeOf(failure.error) }),
      });
    });
  }

  #recordOf(side: "client" | "server", given: GenAiRequest): OperationRecord {
    const label = (field: string, key: string): string | undefined =>
      this.#meter.labelFrom(readField(given, field), DURATION, key);
    const kind = this.#kinds.of(label("operation", "gen_ai.operation.name") ?? "chat");
    const provider = boundedName(this.#models, label("provider", "gen_ai.provider.name"), MAX_PROVIDERS);
    const model = this.#modelOf(provider, label("requestModel", "gen_ai.request.model"));
    const server = label("serverAddress", "server.address");
    const address = server === undefined ? undefined : this.#servers.of(server);
    const givenPort =
      address === undefined || address === OTHER_NAME ? undefined : readField(given, "serverPort");
    const port = typeof givenPort === "number" ? givenPort : undefined;
    const key = `${side}\0${kind}\0${provider}\0${address}\0${port}\0${model}`;
    const known = this.#records.get(key);
    if (known !== undefined) return known;
    const attributes = Object.freeze({
      "gen_ai.operation.name": kind,
      ...(provider !== undefined && { "gen_ai.provider.name": provider }),
      ...(model !== undefined && { "gen_ai.request.model": model }),
      ...(address !== undefined && { "server.address": address }),
      ...(port !== undefined && { "server.port": port }),
    });
    const made = side === "server" ? this.#served(attributes) : this.#called(kind, attributes);
    if (this.#records.size < MAX_RECORDS) this.#records.set(key, made);
    return made;
  }

  #modelOf(provider: string | undefined, model: string | undefined): string | undefined {
    let models = this.#models.get(provider);
    if (models === undefined) this.#models.set(provider, (models = new Map()));
    const name = boundedName(models, model, this.#maxNames);
    models.set(name, true);
    return name;
  }

  #called(kind: string, attributes: Attributes): OperationRecord {
    const { inference, embeddings, firstChunk, nextChunk, retries } = this.#instruments;
    const instruments = kind === "embeddings" ? embeddings : inference;
    return {
      firstChunk: firstChunk.bind(attributes),
      nextChunk: nextChunk.bind(attributes),
      retried: () => retries.add(1, attributes),
      ended: (seconds, usage) => this.#ended(seconds, attributes, instruments, readable(usage)),
      failed: (seconds, error) =>
        instruments.duration.record(seconds, { ...attributes, "error.type": failureOf(error) }),
    };
  }

  #ended(seconds: number, request: Attributes, instruments: CallInstruments, usage: GenAiUsage): void {
    const { responses, cost } = this.#instruments;
    const attributes = this.#withResponse(request, usage);
    const tokens = tokensOf(usage, (value) =>
      refuseAmount(this.#meter.dropped, "gen_ai.client.inference.usage.*", value),
    );
    instruments.duration.record(seconds, attributes);
    instruments.tokens(tokens, attributes);
    const reason = this.#meter.labelFrom(usage.finishReason, "llm.responses", "llm.finish_reason");
    if (reason !== undefined)
      responses.add(1, { ...attributes, "llm.finish_reason": this.#reasons.of(reason) });
    const price = this.#prices.of(usage.responseModel) ?? this.#prices.of(request["gen_ai.request.model"]);
    if (price !== undefined)
      cost.add(costOf(tokens, price), { ...attributes, currency: price.currency ?? "USD" });
    else if (this.#hasPrices) this.#warnOfPrice(attributes);
  }

  #warnOfPrice(attributes: Attributes): void {
    const model = attributes["gen_ai.response.model"] ?? attributes["gen_ai.request.model"];
    if (typeof model !== "string") return;
    this.#once.warn(
      model,
      () =>
        `facades.genAi.prices: no price for model ${JSON.stringify(model)}, so its calls are not in llm.cost; add it to prices`,
    );
  }

  #withResponse(request: Attributes, { responseModel }: GenAiUsage): Attributes {
    const name = this.#meter.labelFrom(responseModel, DURATION, "gen_ai.response.model");
    const provider = request["gen_ai.provider.name"];
    const model = this.#modelOf(typeof provider === "string" ? provider : undefined, name);
    return model === undefined ? request : { ...request, "gen_ai.response.model": model };
  }

  #served(attributes: Attributes): OperationRecord {
    const { served, firstToken, nextToken } = this.#instruments;
    return {
      firstChunk: firstToken.bind(attributes),
      nextChunk: nextToken.bind(attributes),
      ended: (seconds, usage) => served.record(seconds, this.#withResponse(attributes, readable(usage))),
      failed: (seconds, error) => served.record(seconds, { ...attributes, "error.type": failureOf(error) }),
    };
  }
}

// `usage` may be of another type, or throw when read.
function readable(usage: unknown): GenAiUsage {
  try {
    return isObject(usage) ? { ...usage } : {};
  } catch {
    return {};
  }
}

// Clients of models throw errors with the status of the response: 429 if there were too many requests.
function failureOf(error: unknown): string {
  const status =
    readField(error, "status") ?? readField(error, "statusCode") ?? readField(error, "status_code");
  return typeof status === "number" && status >= 400 && status <= 599 ? String(status) : errorTypeOf(error);
}
