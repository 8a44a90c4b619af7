// Runs `tachymeter profile`.
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { logLine } from "../../diagnostics/foreign-text.ts";
import { replaceFile } from "../../io/files/replace.ts";
import { showUrl } from "../../diagnostics/show.ts";
import { parsedJson } from "../../io/json.ts";
import { startWith } from "../../options/start-with.ts";
import { UsageError } from "../arguments.ts";
import { fetchBeside } from "../fetch-text.ts";
import { Output } from "../output.ts";
import { callTree } from "./call-tree.ts";
import { flameGraph } from "./flame-graph.ts";
import { endpointsOf } from "./process-endpoints.ts";
import { treeText } from "./tree-text.ts";

export interface ProfileArguments {
  readonly place: string;
  readonly seconds: number;
  /** File for the profile. */
  readonly output: string | undefined;
  readonly isOpened: boolean;
}

// Another profile may be taken before, of at most 60 s.
const MARGIN_MILLIS = 80_000;

/** Takes the profile, and resolves with the exit code. */
export async function runProfile({ place, seconds, output, isOpened }: ProfileArguments): Promise<number> {
  const text = await takenFrom(place, seconds);
  const tree = callTree(parsedJson(text));
  if (tree === undefined) throw new Error("profile: the application sent something else than a profile");
  if (output !== undefined) await replaceFile(output, text);
  const out = new Output(process.stdout);
  await out.write(treeText(tree));
  if (isOpened) {
    const file = join(tmpdir(), `tachymeter-profile-${Date.now()}.html`);
    await replaceFile(file, flameGraph(tree), 0o600);
    await out.write(`${file}\n`);
    open(file);
  }
  return 0;
}

/**
 * Takes a profile of an application, as the text of a `.cpuprofile`.
 *
 * @throws UsageError if the place is neither a URL nor a process ID
 */
export async function takenFrom(place: string, seconds: number): Promise<string> {
  if (!/^\d+$/.test(place)) {
    if (!URL.canParse(place) || !/^https?:/i.test(place))
      throw new UsageError("profile: expected a process ID or a URL, such as http://127.0.0.1:9464");
    return take(new URL(place), seconds);
  }
  const endpoints = endpointsOf(Number(place));
  let last: unknown = new Error("it listens on no port of this machine");
  for (const url of endpoints) {
    try {
      return await take(url, seconds);
    } catch (error) {
      last = error;
    }
  }
  throw new Error(
    `profile: process ${place} has no endpoint with a page (${errorMessage(last)}); specify its URL`,
  );
}

async function take(url: URL, seconds: number): Promise<string> {
  const { status, isOk, text, contentType } = await fetchBeside(
    url,
    `/page/profile?seconds=${seconds}`,
    seconds * 1_000 + MARGIN_MILLIS,
  );
  if (isOk && contentType.includes("json")) return text;
  const answered = contentType.includes("text/plain") ? `: ${text.trim()}` : "";
  // Without a page, the endpoint has only metrics.
  const said = answered.startsWith(": the metrics are at") ? `; ${startWith("page")}` : answered;
  throw new Error(logLine(`"${showUrl(url)}": no profile was taken (status ${status})${said}`));
}

// Without a browser, the path is enough.
function open(file: string): void {
  const [command, ...given] =
    process.platform === "win32"
      ? ["cmd", "/c", "start", "", file]
      : [process.platform === "darwin" ? "open" : "xdg-open", file];
  if (command === undefined) return;
  const child = spawn(command, given, { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
