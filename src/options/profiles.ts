import { bytes, type Check, type Checks, flag, isObject, number, path } from "./check.ts";
import { flagFromText, textFrom } from "./environment.ts";
import type { Parser } from "./parser.ts";

/** Options of the profiles of the main thread. */
export interface ProfileOptions {
  /** Seconds for which the event loop must be blocked until it is reported, from 0.02 to 60. @defaultValue 0.1 */
  readonly blockThreshold?: number | undefined;
  /** Samples of the main thread per second, from 1 to 1,000. @defaultValue 20 */
  readonly sampling?: number | undefined;
  /** Folder in which the profile of each block is kept as a `.cpuprofile` file. By default, none is kept. */
  readonly directory?: string | undefined;
  /** Maximum size of `directory` in bytes; the oldest files are deleted first. @defaultValue 67108864, 64 MiB */
  readonly maxBytes?: number | undefined;
}

/** Parsed {@link ProfileOptions}, with defaults. */
export interface ProfileSettings {
  /** Whether profiles are taken all the time, or only while an alert that they explain pends or fires. */
  readonly isAlways: boolean;
  readonly blockThresholdMillis: number;
  readonly samplingHertz: number;
  readonly directory: string | undefined;
  readonly maxBytes: number;
}

const VARIABLE = "TACHYMETER_PROFILES";
const MUST = "be true, false or an object such as { blockThreshold: 0.2 }";
const CHECKS: Checks<ProfileOptions> = {
  blockThreshold: within("be a number of seconds from 0.02 to 60", 0.02, 60),
  sampling: within("be a number of samples per second from 1 to 1000", 1, 1_000),
  directory: path("a folder"),
  maxBytes: bytes(1024 * 1024),
};

/**
 * Parses option `profiles` (a boolean or an object), or `TACHYMETER_PROFILES` (a boolean) if it is not given. Returns
 * `undefined` if profiles are off.
 */
export function profilesFromStart(parser: Parser): ProfileSettings | undefined {
  const given = parser.options["profiles"];
  if (isObject(given)) return settingsOf(true, parser.fields("profiles", given, CHECKS));
  const isOn = given === undefined ? fromVariable(parser) : parser.checked("profiles", given, SWITCH);
  return isOn === false ? undefined : settingsOf(isOn === true, {});
}

const SWITCH: Check<boolean> = { ...flag, must: MUST };

function fromVariable(parser: Parser): boolean | undefined {
  const text = textFrom(parser.environment, VARIABLE);
  return text === undefined ? undefined : parser.checked(VARIABLE, flagFromText(text), flag);
}

function settingsOf(isAlways: boolean, fields: ProfileOptions): ProfileSettings {
  const { blockThreshold = 0.1, sampling = 20, directory, maxBytes = 64 * 1024 ** 2 } = fields;
  return {
    isAlways,
    blockThresholdMillis: blockThreshold * 1_000,
    samplingHertz: sampling,
    directory,
    maxBytes,
  };
}

function within(must: string, lowest: number, highest: number): Check<number> {
  const { read } = number(must, lowest);
  return { must, read: (value) => (Number(value) <= highest ? read(value) : undefined) };
}
