import { type Checks, flag, isObject } from "./check.ts";
import { flagFromText } from "./environment.ts";
import type { Parser } from "./parser.ts";
import type { Setting } from "./settings.ts";

/**
 * Options of the server of the Model Context Protocol.
 * @experimental names and results of its tools may change in a minor version.
 */
export interface McpOptions {
  /**
   * Whether an agent may silence alerts, and end silences. The endpoint must have a token, a password or client
   * certificates. @defaultValue false
   */
  readonly silences?: boolean | undefined;
}

/** Parsed {@link McpOptions}, with defaults. */
export interface McpSettings {
  readonly silences: boolean;
}

const CHECKS: Checks<McpOptions> = { silences: flag };

const SWITCH: Setting<boolean> = {
  option: "mcp",
  variable: "TACHYMETER_MCP",
  fromText: flagFromText,
  check: { ...flag, must: "be true, false or an object such as { silences: true }" },
  checkOfText: flag,
  fallback: false,
};

/** Parses option `mcp` and variable `TACHYMETER_MCP`. Returns `undefined` if the server is off. */
export function mcpFromStart(parser: Parser): McpSettings | undefined {
  const given = parser.options["mcp"];
  if (isObject(given)) return { silences: parser.fields("mcp", given, CHECKS).silences ?? false };
  return parser.setting(SWITCH) ? { silences: false } : undefined;
}
