// The content of the file that keeps what the detectors learned: their states by the key of their series.
import { diag } from "@opentelemetry/api";
import { Slices } from "../../io/yield.ts";
import { assertFileVersion } from "../../io/files/file-version.ts";
import { isObject } from "../../options/check.ts";

const VERSION = 1;

/** Reads the states. Those of another service are ignored. @throws Error if the text is damaged, or of a newer version. */
export function learnedStatesFrom(text: string, service: string): Map<string, Uint8Array> {
  const content: unknown = JSON.parse(text);
  if (!isObject(content)) throw new TypeError("it is of another program");
  assertFileVersion(content["version"], VERSION);
  if (content["service"] !== service) {
    diag.info("anomalies: the learned states are of another service; detectors learn anew");
    return new Map();
  }
  const { states } = content;
  const entries = isObject(states) ? Object.entries(states) : [];
  return new Map(
    entries.flatMap(([key, state]) =>
      typeof state === "string" ? [[key, Buffer.from(state, "base64")]] : [],
    ),
  );
}

/** Returns the text of the states, in slices. */
export async function learnedText(
  service: string,
  states: Iterable<readonly [key: string, state: Uint8Array]>,
): Promise<string> {
  const slices = new Slices();
  const lines: string[] = [];
  for (const [key, state] of states) {
    lines.push(`${JSON.stringify(key)}:"${Buffer.from(state).toString("base64")}"`);
    await slices.next();
  }
  const head = JSON.stringify({ version: VERSION, service }).slice(0, -1);
  return `${head},"states":{\n${lines.join(",\n")}}}\n`;
}
