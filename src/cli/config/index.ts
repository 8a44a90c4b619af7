// `tachymeter config …`: the configuration on the command line.
import { UsageError } from "../arguments.ts";
import type { Command } from "../command.ts";

const ACTIONS = ["check", "print", "schema"];

/** The `config` command. */
export const config: Command = {
  name: "config",
  parameters: "<action> …",
  summary: "check and print the configuration, and print its schema for editors",
  details: [
    "",
    "  config check <file>    check a configuration file, with the environment of this command",
    "  config print [<file>]  the effective configuration, without secrets, and the origin of each value: a line of the file,",
    "                         a variable or the default. Without a file, that of OTEL_CONFIG_FILE or of the variables",
    "  config schema          a JSON schema for the section distribution.tachymeter and the fields around it",
    "",
    "Exit codes: 0 valid, 1 problems were found, 2 invalid arguments.",
  ],
  options: {},
  run: async ({ positionals: [action, ...operands] }) => {
    const [file, ...others] = operands;
    if (action === "schema" && operands.length === 0) {
      const { configurationSchema } = await import("../../configuration/schema.ts");
      process.stdout.write(`${JSON.stringify(configurationSchema(), undefined, 2)}\n`);
      return 0;
    }
    if (action === "check" && file !== undefined && others.length === 0) {
      const { checkConfiguration } = await import("./check.ts");
      return checkConfiguration(file);
    }
    if (action === "print" && others.length === 0) {
      const { printConfiguration } = await import("./print.ts");
      return printConfiguration(file);
    }
    if (action === "check")
      throw new UsageError("config check: expected one file; use tachymeter config check <file>");
    const got = action === undefined ? "none" : `"${[action, ...operands].join(" ")}"`;
    throw new UsageError(
      `config: expected one of ${ACTIONS.join(", ")}, got ${got}; see tachymeter config --help`,
    );
  },
};
