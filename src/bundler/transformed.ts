// The instrumented code of a loaded file, for all bundlers.
import { withAddition } from "./code.ts";
import { findInstrumented, type InstrumentedList } from "./instrumented-files.ts";

/** The instrumented code, and what to log. Both are missing for most files. */
export interface Transformed {
  readonly code?: string;
  readonly problem?: string;
}

/** Instruments a loaded file. `read` returns its code. */
export function transformed(loaded: string, read: () => string, all: InstrumentedList): Transformed {
  const found = findInstrumented(loaded, all);
  if (found === undefined) return {};
  if (typeof found === "string") return { problem: found };
  const code = withAddition(found, read(), loaded);
  if (code !== undefined) return { code };
  const { instrumentation, library, path = "its entry" } = found;
  return {
    problem: `instrumentation ${instrumentation}: ${library} is not instrumented: ${path} is not as expected`,
  };
}
