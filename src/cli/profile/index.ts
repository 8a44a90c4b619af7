// `tachymeter profile <pid | url>`: takes a profile of an application that runs.
import { durationFrom, UsageError } from "../arguments.ts";
import type { Command } from "../command.ts";

const DEFAULT_SECONDS = 10;
const MAX_SECONDS = 60;

/** The `profile` command. */
export const profile: Command = {
  name: "profile",
  parameters: "<pid | url>",
  summary: "take a CPU profile of an application and show its functions",
  details: [
    "",
    "The application must have option page, whose endpoint takes the profile. A process ID stands for the endpoint of that",
    "process on this machine; this needs Linux. A user and password may be part of the URL. A token is read from",
    "TACHYMETER_PROMETHEUS_BEARER_TOKEN or the file of TACHYMETER_PROMETHEUS_BEARER_TOKEN_FILE, for this machine only.",
    "",
    "  --seconds <n>      length of the profile, from 1 to 60 (default: 10)",
    "  --output <file>    write the profile as a .cpuprofile file, for Chrome, VS Code and speedscope",
    "  --open             open a flame graph in the browser, and print the path of its file",
    "",
    "Exit codes: 0 success, 1 no profile, 2 invalid arguments.",
  ],
  options: { texts: ["seconds", "output"], flags: ["open"] },
  run: async (given) => {
    const [place, ...others] = given.positionals;
    if (place === undefined || others.length > 0)
      throw new UsageError(`profile: expected one process ID or URL, got ${given.positionals.length}`);
    const { runProfile } = await import("./take-profile.ts");
    return runProfile({
      place,
      seconds: secondsFrom(given.text("seconds")),
      output: given.text("output"),
      isOpened: given.flag("open"),
    });
  },
};

function secondsFrom(text: string | undefined): number {
  const seconds = text !== undefined && /^\d+$/.test(text) ? Number(text) : durationFrom("seconds", text);
  if (seconds === undefined) return DEFAULT_SECONDS;
  if (seconds >= 1 && seconds <= MAX_SECONDS) return seconds;
  throw new UsageError(`profile: --seconds must be from 1 to ${MAX_SECONDS}, got "${text}"`);
}
