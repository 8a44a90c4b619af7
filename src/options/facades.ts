// The facades' own options under `start()`.
import { type Check, duration, isObject, text, whole } from "./checks.ts";
import type { Reading } from "./reading.ts";

/** The options of each facade, as far as they are given. */
export interface FacadeSettings {
  readonly events: { readonly maxEvents?: number };
  readonly coordination: { readonly nodeTimeout?: number };
  readonly messaging: { readonly system?: string; readonly maxDestinations?: number };
  readonly commands: { readonly maxCommands?: number };
  readonly system: { readonly collectionInterval?: number; readonly maxMetricsPerSecond?: number };
  readonly network: { readonly maxMetricsPerSecond?: number };
  readonly custom: { readonly maxMetricsPerSecond?: number };
}

type Checks<Settings> = { readonly [Name in keyof Settings]-?: Check<NonNullable<Settings[Name]>> };
type AllChecks = { readonly [Facade in keyof FacadeSettings]: Checks<FacadeSettings[Facade]> };

const COUNT = whole(1, 10_000_000);
const PER_SECOND = whole(1, 10_000);
const CHECKS: AllChecks = {
  events: { maxEvents: COUNT },
  coordination: { nodeTimeout: duration },
  messaging: { system: text, maxDestinations: COUNT },
  commands: { maxCommands: COUNT },
  system: { collectionInterval: duration, maxMetricsPerSecond: PER_SECOND },
  network: { maxMetricsPerSecond: PER_SECOND },
  custom: { maxMetricsPerSecond: PER_SECOND },
};

/** Reads option `facades`. */
export function readFacades(reading: Reading): FacadeSettings {
  const given = reading.options["facades"] ?? {};
  if (!isObject(given)) reading.problem("facades", given, "an object: { events: { maxEvents: 1000 } }");
  const options = isObject(given) ? given : {};
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(CHECKS, name)) {
      reading.problem(`facades.${name}`, value, `only the facades ${Object.keys(CHECKS).join(", ")}`);
    }
  }
  const read = <Settings>(facade: string, checks: Checks<Settings>): Partial<Settings> =>
    readOne(reading, `facades.${facade}`, options[facade], checks);
  return {
    events: read("events", CHECKS.events),
    coordination: read("coordination", CHECKS.coordination),
    messaging: read("messaging", CHECKS.messaging),
    commands: read("commands", CHECKS.commands),
    system: read("system", CHECKS.system),
    network: read("network", CHECKS.network),
    custom: read("custom", CHECKS.custom),
  };
}

function readOne<Settings>(
  reading: Reading,
  place: string,
  given: unknown,
  checks: Checks<Settings>,
): Partial<Settings> {
  const settings: Partial<Settings> = {};
  if (given === undefined) return settings;
  if (!isObject(given)) {
    reading.problem(place, given, "an object of its options");
    return settings;
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(checks, name)) {
      reading.problem(`${place}.${name}`, given[name], `only the options ${Object.keys(checks).join(", ")}`);
    }
  }
  for (const name in checks) {
    const value = given[name];
    if (value === undefined) continue;
    const read = checks[name].read(value);
    if (read === undefined) reading.problem(`${place}.${name}`, value, checks[name].allowed);
    else settings[name] = read;
  }
  return settings;
}
