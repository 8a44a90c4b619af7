// Instruments from a file: the response of `/api/v1/metadata` of Prometheus' HTTP API.
import { readTextSync } from "../../io/files/open-file.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { shortPath } from "../../diagnostics/foreign-text.ts";
import { isObject } from "../../options/check.ts";
import { UsageError } from "../arguments.ts";
import { type Instrument, instrumentFrom } from "./instruments.ts";

/**
 * The instruments of a file. Their labels are unknown.
 *
 * @throws UsageError if it cannot be read or has other content
 */
export function instrumentsOfFile(path: string): readonly Instrument[] {
  const data = dataOf(path);
  return Object.entries(data).flatMap(([name, entries]) => {
    const [entry]: unknown[] = Array.isArray(entries) ? entries : [];
    if (!isObject(entry)) throw contentError(path, `"${name.slice(0, 100)}" has no list of metadata`);
    const { type = "", help = "", unit = "" } = entry;
    const metric = { name, type: String(type), help: String(help), unit: String(unit) };
    return instrumentFrom(metric) ?? [];
  });
}

function dataOf(path: string): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = JSON.parse(readTextSync(path));
    const data = isObject(document) && "data" in document ? document["data"] : document;
    if (isObject(data)) return data;
  } catch (error) {
    throw contentError(path, errorMessage(error), error);
  }
  throw contentError(path, "it has no object");
}

function contentError(path: string, problem: string, cause?: unknown): UsageError {
  return new UsageError(
    `--for "${shortPath(path)}": ${problem}; save the response of /api/v1/metadata, or specify a store`,
    { cause },
  );
}
