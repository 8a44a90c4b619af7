// The health indicators that `@nestjs/terminus` runs.
import {
  type Attach,
  Components,
  HEALTH_OPTIONS,
  type HealthConfig,
  type InstrumentedFile,
  LibraryInstrumentation,
  observed,
  type OptionChecks,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { IndicatorRun } from "./indicator-run.ts";

/** `name` names the component of an indicator; default: the key of its result, ids in it as `*`. */
export type NestjsTerminusInstrumentationConfig = HealthConfig;

const LIBRARY = "@nestjs/terminus";

/**
 * Records the health indicators of `@nestjs/terminus` as they are asked for.
 *
 * @example
 * new NestjsTerminusInstrumentation({ health });
 */
export class NestjsTerminusInstrumentation extends LibraryInstrumentation<NestjsTerminusInstrumentationConfig> {
  static readonly options: OptionChecks<NestjsTerminusInstrumentationConfig> = HEALTH_OPTIONS;

  constructor(config: NestjsTerminusInstrumentationConfig = {}) {
    super("nestjs_terminus", config, NestjsTerminusInstrumentation.options);
  }

  // From 12 on it is made of ES modules. The entry of older ones may be seen while half of it is there.
  protected override files(): readonly InstrumentedFile[] {
    return [
      { library: LIBRARY, path: "dist/health-check/health-check.service.js", versions: [">=9.0.0 <12"] },
      { library: LIBRARY, versions: [">=12.0.0 <13"] },
    ];
  }

  protected override begin(recording: Recording<NestjsTerminusInstrumentationConfig>): Attach {
    const components = new Components(recording);
    return (exports) => {
      recording.wrap(
        prototypeOf(exports, "HealthCheckService"),
        "check",
        (check) =>
          function (indicators, ...rest) {
            const run = new IndicatorRun(components);
            const measured = recording.safely(() => run.measured(indicators)) ?? indicators;
            return observed(Reflect.apply(check, this, [measured, ...rest]), {
              fulfilled: (result) => recording.safely(() => run.passed(result)),
              rejected: (error) => recording.safely(() => run.failed(error)),
            });
          },
      );
    };
  }
}
