import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented, InstrumentedFile } from "../shared/instrumented.ts";

/** The entry, since version 9 has another file for ES modules. */
export const ELASTIC: InstrumentedFile = { library: "@elastic/transport", versions: [">=8.0.0 <10"] };
const OPENSEARCH: InstrumentedFile = {
  library: "@opensearch-project/opensearch",
  path: "lib/Transport.js",
  versions: [">=2.0.0 <4"],
};

/** The instrumentation of `@elastic/elasticsearch` and `@opensearch-project/opensearch`. */
export const elasticsearch: Instrumented<InstrumentationConfig> = {
  name: "elasticsearch",
  options: {},
  files: [ELASTIC, OPENSEARCH],
};
