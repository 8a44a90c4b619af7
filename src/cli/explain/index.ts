// `tachymeter explain [alert] [url | store]`: why an alert fires, on one page.
import { statSync } from "node:fs";
import { UsageError, type WordArguments } from "../arguments.ts";
import type { Command } from "../command.ts";
import { isUrl } from "../open-history.ts";
import { Output } from "../output.ts";

const FORMATS = ["text", "markdown", "json"] as const;

/** The `explain` command. */
export const explain: Command = {
  name: "explain",
  parameters: "[alert] [url | store]",
  summary:
    "explain an alert: its figure beside the usual ones, changes and events before it, and further commands",
  details: [
    "",
    "[alert] is the name of a pending or firing alert; by default the most severe one, then the oldest.",
    "[url | store] is the URL of an application with option api, or the file of its history. Without it, the endpoint of an",
    "application on this machine is asked, by default http://127.0.0.1:9464.",
    "",
    "  --format <format>  text, markdown or json (default: text)",
    "",
    "Exit codes: 0 success, 1 there is no such alert, or the application cannot be read, 2 invalid arguments.",
  ],
  options: { texts: ["format"] },
  run: async (given) => {
    const { name, place } = placesFrom(given.positionals);
    const format = formatFrom(given);
    const [{ openWatched, defaultUrl }, { explanationOf }, { explanationText }] = await Promise.all([
      import("../top/watched/open.ts"),
      import("../../explain/explanation.ts"),
      import("../../explain/text.ts"),
    ]);
    const output = new Output(process.stdout);
    const from = place ?? defaultUrl(process.env);
    const watched = await openWatched(from, output.signal);
    try {
      const explanation = await explanationOf(watched, { name, place: from, signal: output.signal });
      if (explanation === undefined) {
        await output.write("no alerts are pending or firing\n");
        return 0;
      }
      const text =
        format === "json"
          ? `${JSON.stringify(explanation, undefined, 2)}\n`
          : explanationText(explanation, format === "markdown");
      await output.write(text);
      return 0;
    } finally {
      await watched.close();
    }
  },
};

// A single argument is a place if it is a URL or the name of a file. Otherwise it is the name of an alert.
function placesFrom(positionals: readonly string[]): {
  readonly name: string | undefined;
  readonly place: string | undefined;
} {
  const [first, second, ...others] = positionals;
  if (others.length > 0)
    throw new UsageError(
      `explain: expected an alert and a URL or store, got ${positionals.length} arguments`,
    );
  if (first === undefined || second !== undefined) return { name: first, place: second };
  const isPlace = isUrl(first) || statSync(first, { throwIfNoEntry: false }) !== undefined;
  return isPlace ? { name: undefined, place: first } : { name: first, place: undefined };
}

function formatFrom(given: WordArguments): (typeof FORMATS)[number] {
  const text = given.text("format") ?? "text";
  const format = FORMATS.find((each) => each === text);
  if (format !== undefined) return format;
  throw new UsageError(`explain: --format must be one of ${FORMATS.join(", ")}, got "${text}"`);
}
