import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";

const library = "better-sqlite3";

/** The instrumentation of `better-sqlite3`. */
export const betterSqlite3: Instrumented<InstrumentationConfig> = {
  name: "better_sqlite3",
  options: {},
  files: [
    { library, path: "lib/database.js", versions: [">=9.0.0 <14"] },
    // The class of version 13, which the other file makes.
    { library, path: "lib/index.js", versions: [">=13.0.0 <14"] },
  ],
};
