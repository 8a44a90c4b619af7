// How reader `json` is set up.
import { redactText } from "../../diagnostics/redact.ts";
import type { LogFileOptions } from "../../io/log-files/index.ts";

/** Where the document of each collection goes, and what it tells beside the figures. */
export interface JsonSnapshotOptions extends Omit<LogFileOptions, "file"> {
  /** Replaced, or with format `ndjson` appended to, at each collection. */
  readonly file?: string | undefined;
  /** Gets the document of each collection by POST, as `application/json`; http or https. */
  readonly url?: string | undefined;
  /**
   * Of the file: one document that is replaced, or one line a series a collection.
   *
   * @defaultValue "document"
   */
  readonly format?: "document" | "ndjson" | undefined;
  /** The document's `events_count`: events recorded and accepted since the start. */
  readonly eventsCount: () => number;
  /** The document's `running`: whether periodic collection runs. */
  readonly running: () => boolean;
}

/** Thrown at once where the options of reader `json` cannot be used. */
export class JsonOptionsError extends Error {
  override readonly name = "JsonOptionsError";
  readonly code = "TACHYMETER_JSON_OPTIONS";
}

/** @throws JsonOptionsError with everything that is wrong, but for the file: see `assertWritable`. */
export function assertJsonOptions(options: JsonSnapshotOptions): void {
  const { file, url, format } = options;
  const problems: string[] = [];
  if (file === undefined && url === undefined)
    problems.push("neither file nor url is given; give one or both");
  if (url !== undefined && !isPlainHttpUrl(url)) {
    problems.push(
      `url is ${JSON.stringify(redactText(url))}; give an http or https URL without user and password`,
    );
  }
  if (url !== undefined && format === "ndjson")
    problems.push('a url is given with format "ndjson", which is a file\'s; give file, or format "document"');
  const given: unknown = format;
  if (given !== undefined && given !== "document" && given !== "ndjson") {
    problems.push(
      `format is ${typeof given === "string" ? JSON.stringify(given) : typeof given}; give "document" or "ndjson"`,
    );
  }
  for (const name of ["maxBytes", "maxAge", "maxFiles"] as const) {
    const limit: unknown = options[name];
    if (limit !== undefined && !(typeof limit === "number" && limit > 0))
      problems.push(`${name} is ${JSON.stringify(limit)}; give a number above 0`);
  }
  if (problems.length > 0) throw new JsonOptionsError(`json reader: ${problems.join("; ")}`);
}

function isPlainHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === "http:" || protocol === "https:") && username === "" && password === "";
}
