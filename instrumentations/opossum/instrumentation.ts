// The circuit breakers of the `opossum` package, found by what they emit.
import {
  type Attach,
  isObject,
  LibraryInstrumentation,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { Breakers } from "./breakers.ts";
import { opossum, type OpossumInstrumentationConfig } from "./index.ts";

/**
 * Makes components of circuit breakers: closed is healthy, half-open degraded, open unhealthy; and counts their calls.
 *
 * @example
 * new OpossumInstrumentation({ health, critical: true });
 */
export class OpossumInstrumentation extends LibraryInstrumentation<OpossumInstrumentationConfig> {
  constructor(config: OpossumInstrumentationConfig = {}) {
    super(opossum, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<OpossumInstrumentationConfig>): Attach {
  const breakers = new Breakers(recording);
  // Their `emit` instead of listeners of ours: no `listenerCount` changes, and their first event is `fire`.
  return (exports) => {
    recording.before(prototypeOf(exports), "emit", (breaker, args) => {
      if (isObject(breaker)) breakers.observe(breaker, args);
    });
  };
}
