// The arguments of a word.
import { parseArgs } from "node:util";
import { UsageError } from "./command.ts";

/** The options that a word knows, besides `--help`, by their names without dashes. */
export interface KnownOptions {
  /** Those that are followed by a text. */
  readonly texts?: readonly string[];
  /** Those that are followed by a text, and may come several times. */
  readonly lists?: readonly string[];
  readonly flags?: readonly string[];
}

/** What a word was given. */
export interface WordArguments {
  readonly positionals: readonly string[];
  readonly asksForHelp: boolean;
  /** The text after an option; `undefined` where it was not given. */
  text(option: string): string | undefined;
  /** The texts after an option, in their order. */
  list(option: string): readonly string[];
  flag(option: string): boolean;
}

/**
 * The arguments of a word.
 *
 * @throws UsageError where there is an option that it does not know, or one without its text.
 */
export function wordArguments(
  word: string,
  args: readonly string[],
  { texts = [], lists = [], flags = [] }: KnownOptions = {},
): WordArguments {
  const options = {
    help: { type: "boolean", short: "h" } as const,
    ...Object.fromEntries(texts.map((name) => [name, { type: "string" } as const])),
    ...Object.fromEntries(lists.map((name) => [name, { type: "string", multiple: true } as const])),
    ...Object.fromEntries(flags.map((name) => [name, { type: "boolean" } as const])),
  };
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true });
    const values = new Map<string, unknown>(Object.entries(parsed.values));
    return {
      positionals: parsed.positionals,
      asksForHelp: values.get("help") === true,
      text(option) {
        const value = values.get(option);
        return typeof value === "string" ? value : undefined;
      },
      list(option) {
        const value = values.get(option);
        return Array.isArray(value) ? value.map(String) : [];
      },
      flag: (option) => values.get(option) === true,
    };
  } catch (cause) {
    throw new UsageError(
      `${problemOf(word, args, { texts: [...texts, ...lists], flags })}; see tachymeter ${word} --help`,
      {
        cause,
      },
    );
  }
}

function problemOf(word: string, args: readonly string[], { texts = [], flags = [] }: KnownOptions): string {
  const known = ["-h", "--", ...["help", ...texts, ...flags].map((name) => `--${name}`)];
  const isUnknown = (argument: string): boolean =>
    argument.startsWith("-") && !known.includes(argument.replace(/=.*/s, ""));
  const unknown = args.find(isUnknown);
  if (unknown !== undefined) return `${word}: ${unknown} is no option of this command`;
  const incomplete = texts.find((name) => args.includes(`--${name}`));
  if (incomplete !== undefined) return `${word}: --${incomplete} is given without its value`;
  const full = flags.find((name) => args.some((argument) => argument.startsWith(`--${name}=`)));
  if (full !== undefined) return `${word}: --${full} takes no value`;
  return `${word}: an argument is no option of this command`;
}
