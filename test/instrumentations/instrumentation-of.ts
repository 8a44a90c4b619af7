import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Begin, Instrumented, OptionTable } from "../../instrumentations/shared/instrumented.ts";
import { LibraryInstrumentation } from "../../instrumentations/shared/library-instrumentation.ts";

/** Creates an instrumentation as `start()` does, with its code loaded. */
export function instrumentationOf<Config extends InstrumentationConfig>(
  instrumented: Instrumented<Config, OptionTable>,
  begin: Begin<Config>,
  config: NoInfer<Config>,
): LibraryInstrumentation<Config> {
  return new LibraryInstrumentation(instrumented, config, () => begin);
}
