// OpenTelemetry's schema of the configuration file, as its package has it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { runInNewContext } from "node:vm";

const require = createRequire(import.meta.url);
const main = require.resolve("@opentelemetry/configuration");
// The packages for Node.js 20 and for newer versions are built in different ways.
const file = join(dirname(main), "generated", main.endsWith(".cjs") ? "validator.cjs" : "validator.js");

interface Validator {
  (given: unknown): boolean;
  errors?: unknown;
}

/** Upstream's errors of a parsed file; `null` if it is valid. */
export function upstreamErrors(given: unknown): unknown {
  const { default: validate }: { default: Validator } = require(file);
  return validate(given) ? null : validate.errors;
}

/** The properties of each definition; those of the file are under "". */
export function publishedProperties(): ReadonlyMap<string, readonly string[]> {
  const text = readFileSync(file, "utf8");
  const [, literal = ""] =
    /^const schema31 = (\{.*\});?$/m.exec(text) ?? /^\tconst schema31 = (\{[^]*?^\t\});$/m.exec(text) ?? [];
  const schema: { $defs: Record<string, { properties?: object }>; properties: object } = runInNewContext(
    `(${literal})`,
  );
  return new Map(
    [["", schema] as const, ...Object.entries(schema.$defs)].map(([name, { properties }]) => [
      name,
      Object.keys(properties ?? {}),
    ]),
  );
}
