/**
 * The provider's exemplar filter. Each recording reads the plain field `on`. Under `trace_based` it is true
 * while a context manager is registered, which is checked when instruments are created and at each collection.
 */
import { type Context, type ContextManager, ROOT_CONTEXT, trace, TraceFlags } from "@opentelemetry/api";

/** Measurements that may become exemplars: those of sampled spans, all, or none. */
export type ExemplarFilter = "trace_based" | "always_on" | "always_off";

// Key under which the API, version 1, stores its globals. The API has no public way to check for a context
// manager, and looking it up each time costs 18 ns a recording.
const REGISTERED = Symbol.for("opentelemetry.js.api.1");

export class Sampling {
  /** Whether measurements without an explicit context may become exemplars. */
  on = false;
  #filter: ExemplarFilter;
  #manager: ContextManager | undefined;
  #lastContext: Context | undefined;
  #lastIsSampled = false;

  constructor(filter: ExemplarFilter) {
    this.#filter = filter;
    this.refresh();
  }

  get filter(): ExemplarFilter {
    return this.#filter;
  }

  /** Changes the filter for the measurements from now on. */
  set filter(filter: ExemplarFilter) {
    this.#filter = filter;
    this.on = false;
    this.refresh();
  }

  refresh(): void {
    if (this.#filter === "always_off") return;
    this.#manager = registeredManager();
    this.on = this.#filter === "always_on" || this.#manager !== undefined;
  }

  /** Context of a measurement that may become an exemplar: the given one, otherwise the active one. */
  eligibleContext(given: Context | undefined): Context | undefined {
    if (this.#filter === "always_off") return undefined;
    const context = isContext(given) ? given : (this.#manager?.active() ?? ROOT_CONTEXT);
    if (this.#filter === "always_on") return context;
    // Contexts are immutable, and usually many measurements are made in one before the next.
    if (context !== this.#lastContext) {
      this.#lastContext = context;
      this.#lastIsSampled = isSampled(context);
    }
    return this.#lastIsSampled ? context : undefined;
  }
}

// The span may be of any implementation, such as an incomplete test double.
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
