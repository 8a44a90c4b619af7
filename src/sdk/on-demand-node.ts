// The parts of Tachymeter that are loaded once they are needed, as Node.js loads them: synchronously, by `require`.
import { createRequire } from "node:module";
import type { InstrumentationName } from "../options/index.ts";
import type { InstrumentationCode } from "./on-demand.ts";

const require = createRequire(import.meta.url);

/** Loads the code for child processes, which worker threads need too. */
export function childProcessCode(): ChildProcessCode {
  const code: ChildProcessCode = require("#instrumentation/child-process");
  return code;
}

type ChildProcessCode = typeof import("../../instrumentations/child-process/instrumentation.ts");

/** Loads the code of an instrumentation. */
export function instrumentationCode(name: InstrumentationName): InstrumentationCode {
  const code: InstrumentationCode = require(`#instrumentation/${name.replaceAll("_", "-")}`);
  return code;
}
