/**
 * The provider's exemplar filter. Each recording reads the plain field `on`, which under `trace_based` is true while a
 * context manager is registered. That is looked up when instruments are made, and at each collection.
 */
import { type Context, type ContextManager, ROOT_CONTEXT, trace, TraceFlags } from "@opentelemetry/api";

/** Which measurements may become exemplars: those of sampled spans, all, or none. */
export type ExemplarFilter = "trace_based" | "always_on" | "always_off";

// Where the API, version 1, keeps what is registered. It has no public way to ask whether there is a context manager,
// and finding the manager again costs 18 ns a recording.
const REGISTERED = Symbol.for("opentelemetry.js.api.1");

export class Sampling {
  /** Whether any measurement without an explicit context may become an exemplar. */
  on = false;
  readonly filter: ExemplarFilter;
  #manager: ContextManager | undefined;
  #lastContext: Context | undefined;
  #lastIsSampled = false;

  constructor(filter: ExemplarFilter) {
    this.filter = filter;
    this.refresh();
  }

  refresh(): void {
    if (this.filter === "always_off") return;
    this.#manager = registeredManager();
    this.on = this.filter === "always_on" || this.#manager !== undefined;
  }

  /** The context of a measurement that may become an exemplar: the given one, else the active one. */
  eligibleContext(given: Context | undefined): Context | undefined {
    if (this.filter === "always_off") return undefined;
    const context = isContext(given) ? given : (this.#manager?.active() ?? ROOT_CONTEXT);
    if (this.filter === "always_on") return context;
    // Contexts never change, and many measurements are made in one before the next.
    if (context !== this.#lastContext) {
      this.#lastContext = context;
      this.#lastIsSampled = isSampled(context);
    }
    return this.#lastIsSampled ? context : undefined;
  }
}

// A span may be anybody's, one of a test that knows nothing of itself too.
function isSampled(context: Context): boolean {
  try {
    const flags = trace.getSpan(context)?.spanContext().traceFlags ?? TraceFlags.NONE;
    return (flags & TraceFlags.SAMPLED) !== 0;
  } catch {
    return false;
  }
}

function isContext(given: unknown): given is Context {
  if (typeof given !== "object" || given === null) return false;
  try {
    return typeof Reflect.get(given, "getValue") === "function";
  } catch {
    // A revoked proxy, or a getter that throws.
    return false;
  }
}

function registeredManager(): ContextManager | undefined {
  const registered: unknown = Reflect.get(globalThis, REGISTERED);
  if (typeof registered !== "object" || registered === null) return undefined;
  const manager: unknown = Reflect.get(registered, "context");
  return isManager(manager) ? manager : undefined;
}

function isManager(given: unknown): given is ContextManager {
  return typeof given === "object" && given !== null && typeof Reflect.get(given, "active") === "function";
}
