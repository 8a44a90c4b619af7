// The circuit breakers of the `opossum` package, found by what they emit.
import {
  type Attach,
  HEALTH_OPTIONS,
  type HealthConfig,
  type InstrumentedFile,
  isObject,
  LibraryInstrumentation,
  type OptionChecks,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { Breakers } from "./breakers.ts";

/** `name` names a breaker's component and series; default: its own name, `anonymous` where it has none. */
export type OpossumInstrumentationConfig = HealthConfig;

/**
 * Makes components of circuit breakers: closed is healthy, half-open degraded, open unhealthy; and counts their calls.
 *
 * @example
 * new OpossumInstrumentation({ health, critical: true });
 */
export class OpossumInstrumentation extends LibraryInstrumentation<OpossumInstrumentationConfig> {
  static readonly options: OptionChecks<OpossumInstrumentationConfig> = HEALTH_OPTIONS;

  constructor(config: OpossumInstrumentationConfig = {}) {
    super("opossum", config, OpossumInstrumentation.options);
  }

  protected override files(): readonly InstrumentedFile[] {
    return [{ library: "opossum", path: "lib/circuit.js", versions: [">=5.0.0 <11"] }];
  }

  protected override begin(recording: Recording<OpossumInstrumentationConfig>): Attach {
    const breakers = new Breakers(recording);
    // Their `emit` instead of listeners of ours: nobody's `listenerCount` changes, and their first event is `fire`.
    return (exports) => {
      recording.before(prototypeOf(exports), "emit", (breaker, args) => {
        if (isObject(breaker)) breakers.observe(breaker, args);
      });
    };
  }
}
