// The arguments of a word.
import { parseArgs } from "node:util";
import { UsageError } from "./usage-error.ts";

/** What a word was given. */
export interface WordArguments {
  readonly positionals: readonly string[];
  readonly asksForHelp: boolean;
}

/**
 * The arguments of a word that knows no option but `--help`.
 *
 * @throws UsageError where there is another one.
 */
export function wordArguments(word: string, args: readonly string[]): WordArguments {
  try {
    const options = { help: { type: "boolean", short: "h" } } as const;
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { positionals, asksForHelp: values.help === true };
  } catch (error) {
    const option = args.find(
      (argument) => argument.startsWith("-") && !["--help", "-h", "--"].includes(argument),
    );
    throw new UsageError(
      `${word}: ${option ?? "an argument"} is no option of this command; see tachymeter ${word} --help`,
      {
        cause: error,
      },
    );
  }
}
