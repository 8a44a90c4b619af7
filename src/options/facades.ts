import { type Checks, duration, isObject, type Parsed, text, whole } from "./check.ts";
import { parsed, type Parser } from "./parser.ts";
import { type ModelPrice, PRICES_OR_FILE } from "./prices.ts";

/** The options of each facade; those not given are absent. */
export interface FacadeSettings {
  readonly events: { readonly maxEvents?: number };
  readonly coordination: { readonly nodeTimeout?: number };
  readonly messaging: { readonly system?: string; readonly maxDestinations?: number };
  readonly commands: { readonly maxCommands?: number };
  readonly system: { readonly collectionInterval?: number; readonly maxMetricsPerSecond?: number };
  readonly network: { readonly maxMetricsPerSecond?: number };
  readonly custom: { readonly maxMetricsPerSecond?: number };
  readonly genAi: {
    readonly maxNames?: number;
    readonly prices?: Readonly<Record<string, ModelPrice>> | string;
  };
}

type AllChecks = { readonly [Facade in keyof FacadeSettings]: Checks<FacadeSettings[Facade]> };

const COUNT = whole(1, 10_000_000);
const PER_SECOND = whole(1, 10_000);
export const FACADE_CHECKS: AllChecks = {
  events: { maxEvents: COUNT },
  coordination: { nodeTimeout: duration },
  messaging: { system: text, maxDestinations: COUNT },
  commands: { maxCommands: COUNT },
  system: { collectionInterval: duration, maxMetricsPerSecond: PER_SECOND },
  network: { maxMetricsPerSecond: PER_SECOND },
  custom: { maxMetricsPerSecond: PER_SECOND },
  genAi: { maxNames: COUNT, prices: PRICES_OR_FILE },
};

export const COLLECTOR_CHECKS: Checks<{ collectionInterval?: number }> = { collectionInterval: duration };

/**
 * Parses those options of a facade's constructor that `start()` takes too. The constructor checks the others.
 *
 * @throws OptionsError with all invalid options.
 */
export function facadeOptions<Facade extends keyof FacadeSettings>(
  facade: Facade,
  given: unknown,
): Parsed<FacadeSettings[Facade]> {
  return parsed(facade, (parser) => parser.known("options", given, FACADE_CHECKS[facade]));
}

export function facadesFromStart(parser: Parser): FacadeSettings {
  const given = parser.options["facades"] ?? {};
  if (!isObject(given))
    parser.problem("facades", given, "be an object such as { events: { maxEvents: 1000 } }");
  const options = isObject(given) ? given : {};
  parser.refuseUnknown("facades.", options, Object.keys(FACADE_CHECKS));
  const of = <Fields>(facade: string, checks: Checks<Fields>): Parsed<Fields> =>
    parser.fields(`facades.${facade}`, options[facade] === undefined ? {} : options[facade], checks);
  return {
    events: of("events", FACADE_CHECKS.events),
    coordination: of("coordination", FACADE_CHECKS.coordination),
    messaging: of("messaging", FACADE_CHECKS.messaging),
    commands: of("commands", FACADE_CHECKS.commands),
    system: of("system", FACADE_CHECKS.system),
    network: of("network", FACADE_CHECKS.network),
    custom: of("custom", FACADE_CHECKS.custom),
    genAi: of("genAi", FACADE_CHECKS.genAi),
  };
}
