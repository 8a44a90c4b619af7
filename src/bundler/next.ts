/**
 * Settings of Next.js: a server, a standalone one too, finds Tachymeter and the instrumented libraries as files.
 *
 * @module tachymeter/next
 */
import { INSTRUMENTATIONS } from "#on-demand";

const OWN = ["tachymeter", "@opentelemetry/api"];
// A part is loaded on demand, which Next.js does not see.
const PARTS = "./node_modules/tachymeter/dist/**";

/** The part of the configuration of Next.js that is read and changed. */
export interface NextConfiguration {
  /** Packages that the server requires from `node_modules`. */
  serverExternalPackages?: string[];
  /** Further files of the standalone server, by route. */
  outputFileTracingIncludes?: Record<string, string[]>;
  /** Packages that are part of the bundle. */
  transpilePackages?: string[];
}

/**
 * Returns a configuration of Next.js 15 and above with what Tachymeter needs. The server requires `tachymeter` and the instrumented
 * libraries from `node_modules`, so that they are measured. `output: "standalone"` copies them. Packages of `transpilePackages`
 * stay in the bundle. A configuration that is a function is called by Next.js as before.
 *
 * @example
 * import { withTachymeter } from "tachymeter/next";
 *
 * export default withTachymeter({ output: "standalone" });
 */
export function withTachymeter<Given extends readonly unknown[], Configuration extends object>(
  configuration: (...given: Given) => Configuration | Promise<Configuration>,
): (...given: Given) => Promise<Configuration>;
export function withTachymeter<Configuration extends object>(configuration: Configuration): Configuration;
export function withTachymeter<Configuration extends NextConfiguration>(
  configuration: Configuration | ((...given: readonly unknown[]) => Configuration | Promise<Configuration>),
): unknown {
  return typeof configuration === "function"
    ? async (...given: readonly unknown[]) => extended(await configuration(...given))
    : extended(configuration);
}

function extended(configuration: NextConfiguration): NextConfiguration {
  const {
    serverExternalPackages = [],
    outputFileTracingIncludes = {},
    transpilePackages = [],
  } = configuration;
  const libraries = Object.values(INSTRUMENTATIONS).flatMap(([{ files }]) =>
    files.map(({ library }) => library),
  );
  const external = [...serverExternalPackages, ...OWN, ...libraries].filter(
    (name) => !transpilePackages.includes(name),
  );
  return {
    ...configuration,
    serverExternalPackages: [...new Set(external)],
    outputFileTracingIncludes: {
      ...outputFileTracingIncludes,
      "/*": [...(outputFileTracingIncludes["/*"] ?? []), PARTS],
    },
  };
}
