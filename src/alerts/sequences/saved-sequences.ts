// The content of `sequences.json`.
import { assertFileVersion } from "../../io/files/file-version.ts";
import { isObject } from "../../options/check.ts";

/** State of the sequences, for `Sequences.restore`. */
export interface SavedSequences {
  readonly rules: readonly unknown[];
}

const VERSION = 1;

/** Parses the file. @throws Error if it is damaged, of another program, or of a newer version. */
export function savedSequencesFrom(text: string): SavedSequences {
  const state: unknown = JSON.parse(text);
  if (!isObject(state)) throw new TypeError("it is of another program");
  assertFileVersion(state["version"], VERSION);
  const { rules } = state;
  if (!Array.isArray(rules)) throw new TypeError("a list is missing");
  return { ...state, rules };
}
