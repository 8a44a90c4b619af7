// The health indicators that `@nestjs/terminus` runs.
import {
  type Attach,
  Components,
  LibraryInstrumentation,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { IndicatorRun } from "./indicator-run.ts";
import { nestjsTerminus, type NestjsTerminusInstrumentationConfig } from "./index.ts";

/**
 * Records the health indicators of `@nestjs/terminus` as they are asked for.
 *
 * @example
 * new NestjsTerminusInstrumentation({ health });
 */
export class NestjsTerminusInstrumentation extends LibraryInstrumentation<NestjsTerminusInstrumentationConfig> {
  constructor(config: NestjsTerminusInstrumentationConfig = {}) {
    super(nestjsTerminus, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<NestjsTerminusInstrumentationConfig>): Attach {
  const components = new Components(recording);
  return (exports) => {
    recording.wrap(prototypeOf(exports, "HealthCheckService"), "check", (check) => {
      return function (indicators, ...rest) {
        const run = new IndicatorRun(components);
        const measured = recording.safely(() => run.measured(indicators)) ?? indicators;
        return recording.observed(Reflect.apply(check, this, [measured, ...rest]), {
          fulfilled: (result) => run.passed(result),
          rejected: (error) => run.failed(error),
        });
      };
    });
  };
}
