// Calls of models through a library that may use the client of a provider underneath: the AI SDK, LangChain.
import type { GenAi } from "../../src/facades/gen-ai/index.ts";
import { InnerCalls } from "../../src/facades/gen-ai/inner-calls.ts";
import type { GenAiOperation } from "../../src/facades/gen-ai/operation.ts";
import type { GenAiUsage } from "../../src/facades/gen-ai/usage.ts";
import { Current } from "./current.ts";
import { facadeOf } from "./model-calls.ts";
import type { ModelConfig } from "./model-options.ts";
import type { Recording } from "./recording.ts";

/** Provider, model and kind of a call. */
type Described = readonly [provider: unknown, model: unknown, operation?: string, isRetry?: boolean];

/** The facade of the latest recording, which wrapped objects of the application may outlive. No method throws. */
export class ModelFacade {
  readonly #current = new Current<{ use<T>(act: (genAi: GenAi) => T): T | undefined }>();

  /** `undefined` while nothing is recorded, or if there is no facade. */
  get value(): GenAi | undefined {
    return this.#current.value?.use((genAi) => genAi);
  }

  /** Begins a call; `undefined` if it is not recorded. */
  begin(describe: () => Described): OuterCall | undefined {
    return this.#current.value?.use((genAi) => new OuterCall(genAi, ...describe()));
  }

  /** Sets the facade until the end of a recording. */
  set(recording: Recording<ModelConfig>): void {
    const genAi = facadeOf(recording);
    this.#current.set(recording, { use: (act) => recording.safely(() => act(genAi())) });
  }
}

/** A call of a model. It records nothing if the same call is recorded by what it uses. */
export class OuterCall {
  readonly #operation: GenAiOperation;
  readonly #inner: InnerCalls;

  constructor(genAi: GenAi, provider: unknown, model: unknown, operation = "chat", isRetry = false) {
    const known = providerOf(typeof provider === "string" ? provider : "_OTHER");
    const requestModel = typeof model === "string" ? model : undefined;
    const request = { provider: known, operation, requestModel, isRetry };
    this.#inner = new InnerCalls(request);
    this.#operation = genAi.operation(request);
  }

  /** Runs the call. `mayNest` is false if it uses nothing that is measured but clients. */
  run<T>(call: () => T, mayNest?: boolean): T {
    return this.#inner.around(call, mayNest);
  }

  /** Notes that `inner` began within this call. */
  holds(inner: OuterCall): void {
    this.#inner.holds(inner.#inner);
  }

  chunk(): void {
    if (!this.#inner.hasAny) this.#operation.chunk();
  }

  ended(usage: GenAiUsage): void {
    if (!this.#inner.hasAny) this.#operation.ended(usage);
  }

  failed(error: unknown): void {
    if (!this.#inner.hasAny) this.#operation.failed(error);
  }
}

// The names of the libraries, which may have parts: `google.vertex.chat`, `google_vertexai`.
const PROVIDERS: readonly (readonly [name: RegExp, provider: string])[] = [
  [/^azure/, "azure.ai.openai"],
  [/bedrock/, "aws.bedrock"],
  [/vertex/, "gcp.vertex_ai"],
  [/^google/, "gcp.gemini"],
  [/^mistral/, "mistral_ai"],
  [/^moonshot/, "moonshot_ai"],
  [/^xai/, "x_ai"],
];

function providerOf(name: string): string {
  return PROVIDERS.find(([pattern]) => pattern.test(name))?.[1] ?? name.replace(/\..*/s, "");
}
