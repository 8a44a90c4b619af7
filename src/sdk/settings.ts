// The settings of `start()`: its options, those of the configuration file, the variables and the defaults, checked.
import { type Configuration, type OptionsProblem, readConfiguration } from "../options/index.ts";
import { configurationFileName, currentEnvironment, setEnvironment } from "../options/environment.ts";
import type { ConfigurationFile } from "../configuration/index.ts";
import { allSteps } from "../io/yield.ts";
import { instrumentationProblems } from "./instrumentations.ts";
import type { Options } from "./options.ts";
import { type CheckedConfiguration, checkReaders } from "./reader-problems.ts";
import { INSTRUMENTATIONS, part } from "#on-demand";

/** Checked settings. */
export interface Settings {
  readonly configuration: CheckedConfiguration;
  /** Options of the file, and over them those of `start()`. */
  readonly options: Options;
  /** `undefined` if no file is named. */
  readonly file: ConfigurationFile | undefined;
  /** Everything that is invalid, with its place in the file. If there is anything, nothing may be started. */
  readonly problems: readonly OptionsProblem[];
}

/**
 * Reads the settings. From now on, {@link currentEnvironment} has the variables that the configuration file stands for.
 *
 * @param adjust changes the configuration before the checks of files and ports.
 */
export function settingsFor(
  given: Options,
  adjust: (configuration: Configuration) => Configuration = (configuration) => configuration,
): Settings {
  setEnvironment(undefined);
  const named = configurationFileName(process.env);
  const file = named && part("configuration").readConfigurationFile(named.file, process.env);
  const settings = allSteps(settingsOf(given, file, adjust));
  if (named === undefined || named.variable === "OTEL_CONFIG_FILE") return settings;
  const warning = `variable ${named.variable} is deprecated; use OTEL_CONFIG_FILE`;
  const { configuration } = settings;
  return {
    ...settings,
    configuration: { ...configuration, warnings: [warning, ...configuration.warnings] },
  };
}

/** As {@link settingsFor}, with a file that is read already, in steps. */
export function* settingsOf(
  given: Options,
  file: ConfigurationFile | undefined,
  adjust: (configuration: Configuration) => Configuration = (configuration) => configuration,
): Generator<void, Settings> {
  if (file !== undefined) setEnvironment(file.environment);
  const options: Options = Object.assign({}, file?.options, given);
  const configured = readConfiguration({ ...options }, currentEnvironment(), Object.keys(INSTRUMENTATIONS));
  // Its problems have consequences, which need not be reported.
  const ofFile = file?.problems ?? [];
  const isReadable = file === undefined || ofFile.length === 0;
  yield;
  const configuration = yield* checkReaders(
    adjust(isReadable ? configured : { ...configured, readers: [], givenAlerts: undefined }),
  );
  yield;
  const found = isReadable ? [...configuration.problems, ...instrumentationProblems(configuration)] : [];
  const placed = found.map((problem) =>
    isGiven(given, problem.name) ? problem : (file?.placed(problem) ?? problem),
  );
  const warnings = [...(file?.warnings ?? []), ...configuration.warnings];
  return {
    configuration: { ...configuration, warnings },
    options,
    file,
    problems: [...ofFile, ...placed],
  };
}

// Options of the call override the file's.
function isGiven(given: object, name: string): boolean {
  const [option = ""] = name.split(/[.[]/, 1);
  return Object.hasOwn(given, option);
}
