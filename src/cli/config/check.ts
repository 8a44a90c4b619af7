import { readConfigurationFile } from "../../configuration/index.ts";
import { allSteps } from "../../io/yield.ts";
import { OptionsError } from "../../options/index.ts";
import { type Settings, settingsFor, settingsOf } from "../../sdk/settings.ts";
import { Output } from "../output.ts";

/** Checks a file as `start()` does, and prints its problems and warnings. */
export async function checkConfiguration(file: string): Promise<number> {
  const output = new Output(process.stdout);
  const { configuration, problems } = settingsOfFile(file);
  const lines = [
    ...problemLines(problems),
    ...configuration.warnings.map((warning) => `warning: ${warning}`),
  ];
  await output.write(`${[...(problems.length === 0 ? [`${file}: valid`] : []), ...lines].join("\n")}\n`);
  return problems.length === 0 ? 0 : 1;
}

/** Settings of a file; without one, those of the environment. */
export function settingsOfFile(file: string | undefined): Settings {
  if (file === undefined) return settingsFor({});
  return allSteps(settingsOf({}, readConfigurationFile(file, process.env)));
}

/** A line for each problem, as in the errors of `start()`. */
export function problemLines(problems: Settings["problems"]): readonly string[] {
  // An error of one problem is one line, with its subject and the page before and after it.
  return problems.map((problem) =>
    new OptionsError("", [problem]).message.replace(/^: /, "").replace(/; see \S+$/, ""),
  );
}
