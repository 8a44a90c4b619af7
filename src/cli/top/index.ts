// `tachymeter top [url | store | directory]`: what an application is doing, live in a terminal.
import { type Area, AREAS } from "../../page/panels/panel.ts";
import { durationFrom, UsageError, type WordArguments } from "../arguments.ts";
import type { Command } from "../command.ts";

// Timers of Node.js take less than 25 days.
const MAX_INTERVAL_SECONDS = 24 * 86_400;

/** The `top` command. */
export const top: Command = {
  name: "top",
  parameters: "[url | store | directory]",
  summary: "show live in the terminal what an application is doing",
  details: [
    "",
    "The argument is the URL of an application's endpoint or of a server with the Prometheus HTTP API, a history file, or",
    "the directory of a group. Without it, the endpoint of an application on this machine is watched, by default",
    "http://127.0.0.1:9464. An application without option api is scraped, and rates begin with the second scrape.",
    "",
    "  --area <name>      begin with this area:",
    `                     ${Object.keys(AREAS).join(", ")}`,
    "  --range <duration> the shown time (default: 5m, of a history file 1h)",
    "  --interval <duration>",
    "                     time between two refreshes, at most 24d (default: 2s, of a directory 1s)",
    "  --once             print the overview, or the area, as text, and end",
    "",
    "If the output is not a terminal, the text is printed at each interval. NO_COLOR turns colours off. In the terminal,",
    "key ? lists all keys.",
    "",
    "Exit codes: 0 success, 1 no connection, or the store or some of its rows cannot be read, 2 invalid arguments.",
  ],
  options: { texts: ["area", "range", "interval"], flags: ["once"] },
  run: async (given) => {
    const [place, ...others] = given.positionals;
    if (others.length > 0)
      throw new UsageError(`top: expected one URL, store or directory, got ${given.positionals.length}`);
    const options = {
      area: areaFrom(given),
      range: durationFrom("range", given.text("range")),
      interval: intervalFrom(given),
      isOnce: given.flag("once"),
    };
    // Loaded on demand, so that the help works without it.
    const { defaultUrl, runTop } = await import("./run.ts");
    return runTop({ place: place ?? defaultUrl(process.env), ...options });
  },
};

function intervalFrom(given: WordArguments): number | undefined {
  const text = given.text("interval");
  const seconds = durationFrom("interval", text);
  if (seconds === undefined || seconds <= MAX_INTERVAL_SECONDS) return seconds;
  throw new UsageError(`top: --interval must be at most 24d, got "${text}"`);
}

function areaFrom(given: WordArguments): Area | undefined {
  const name = given.text("area");
  if (name === undefined) return undefined;
  const area = Object.keys(AREAS).find((each): each is Area => each === name);
  if (area !== undefined) return area;
  throw new UsageError(`top: --area must be one of ${Object.keys(AREAS).join(", ")}, got "${name}"`);
}
