// The other end of the watch: V8's profiler of the main thread, read in a thread of its own.
import { functionText } from "../diagnostics/function-text.ts";
import { writeSync } from "node:fs";
import { type Profiler, Session } from "node:inspector";
import { fileURLToPath } from "node:url";
import type { MessagePort } from "node:worker_threads";
import { errorMessage } from "../diagnostics/error-message.ts";
import { hotFunctions } from "./hot-functions.ts";
import {
  type Block,
  type BlockedTime,
  type FromProfiler,
  type ProfilerData,
  SharedState,
  type ToProfiler,
  TURN_KEY,
  turnOf,
} from "./messages.ts";
import { FunctionNames } from "./names.ts";
import { keepProfile } from "./profile-files.ts";
import { AllocationProfiles, TakenProfiles } from "./taken-profiles.ts";

// Functions of a block.
const MAX_FUNCTIONS = 5;
const LOOK_MILLIS = 1_000;
// After this number of looks without a beat, the loop may never run again. The cause is logged from here.
const LOOKS_UNTIL_LOGGED = 5;

// All files of the package are in one folder. V8 has paths of files that were required, and URLs of others.
const OWN_URL = new URL(".", import.meta.url).href;
const OWN_FOLDER = fileURLToPath(OWN_URL);
const isOwn = (url: string): boolean => url.startsWith(OWN_URL) || url.startsWith(OWN_FOLDER);

type Turned = Extract<ToProfiler, { readonly kind: "turned" }>;

export class ProfileReader {
  readonly #data: ProfilerData;
  readonly #state: SharedState;
  readonly #port: MessagePort;
  readonly #names: FunctionNames;
  readonly #session = new Session();
  readonly #taken: TakenProfiles;
  readonly #allocated: AllocationProfiles;
  // Profile and message of a turn arrive in either order.
  readonly #profiles = new Map<number, Profiler.Profile>();
  readonly #turns = new Map<number, Turned>();
  #looking: NodeJS.Timeout | undefined;
  #beats = 0;
  #silentLooks = 0;

  constructor(data: ProfilerData, port: MessagePort) {
    this.#data = data;
    this.#state = new SharedState(data.state);
    this.#port = port;
    this.#names = new FunctionNames(data.directory);
    const parts = {
      session: this.#session,
      names: this.#names,
      intervalMicros: 1e6 / data.samplingHertz,
      isOwn,
    };
    this.#taken = new TakenProfiles(parts);
    this.#allocated = new AllocationProfiles(parts);
  }

  /** Connects to the main thread, and reads until the message `end`. */
  begin(): void {
    if (!this.#state.connect()) return;
    this.#port.on("message", (message: ToProfiler) => this.#take(message));
    try {
      this.#session.connectToMainThread();
    } catch (error) {
      return this.#fail(error);
    }
    this.#session.on("Profiler.consoleProfileFinished", ({ params: { title = "", profile } }) => {
      const turn = turnOf(title);
      if (turn === undefined) return;
      this.#profiles.set(turn, profile);
      this.#report(turn);
    });
    const interval = Math.round(1e6 / this.#data.samplingHertz);
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.setSamplingInterval", { interval }, (error) => {
      if (error !== null) return this.#fail(error);
      this.#send({ kind: "ready" });
      this.#looking = setInterval(() => this.#look(), LOOK_MILLIS);
    });
  }

  #take(message: ToProfiler): void {
    if (message.kind === "end") return this.#end();
    if (message.kind === "ask") return void this.#answer(message);
    this.#turns.set(message.turn, message);
    this.#report(message.turn);
  }

  async #answer({ id, asked, seconds }: Extract<ToProfiler, { readonly kind: "ask" }>): Promise<void> {
    const taken = (asked === "profile" ? this.#taken : this.#allocated).run(seconds);
    const answer = await taken.catch((error: unknown) => new Error(errorMessage(error)));
    this.#send({ kind: "answer", id, answer });
  }

  #report(turn: number): void {
    const profile = this.#profiles.get(turn);
    const ended = this.#turns.get(turn);
    if (profile === undefined || ended === undefined) return;
    this.#profiles.delete(turn);
    this.#turns.delete(turn);
    const { blocks, isBlocked } = ended;
    if (isBlocked) this.#log(profile);
    if (blocks.length === 0) return;
    this.#send({ kind: "blocks", blocks: blocks.map((each) => this.#block(profile, each)) });
    this.#keep(profile, blocks.at(-1)?.endUnixMillis ?? Date.now());
  }

  #keep(profile: Profiler.Profile, unixMillis: number): void {
    const { files } = this.#data;
    if (files === undefined) return;
    try {
      keepProfile(files.folder, profile, { unixMillis, maxBytes: files.maxBytes });
    } catch (error) {
      this.#send({ kind: "warning", text: errorMessage(error) });
    }
  }

  #block(profile: Profiler.Profile, { fromMicros, toMicros, endUnixMillis }: BlockedTime): Block {
    const functions = this.#functions(profile, fromMicros, toMicros);
    return { durationSeconds: (toMicros - fromMicros) / 1e6, endUnixMillis, functions };
  }

  #functions(profile: Profiler.Profile, fromMicros: number, toMicros: number): Block["functions"] {
    const intervalMicros = 1e6 / this.#data.samplingHertz;
    const range = { fromMicros, toMicros, intervalMicros };
    return hotFunctions(profile, { ...range, max: MAX_FUNCTIONS, isOwn }).map((each) =>
      this.#names.named(each),
    );
  }

  // The main thread cannot turn while it is blocked. V8 runs such a request in the middle of a loop.
  #look(): void {
    const { beats } = this.#state;
    this.#silentLooks = beats === this.#beats ? this.#silentLooks + 1 : 0;
    this.#beats = beats;
    if (this.#silentLooks !== LOOKS_UNTIL_LOGGED) return;
    const expression = `globalThis[Symbol.for("${TURN_KEY}")]?.()`;
    this.#session.post("Runtime.evaluate", { expression });
  }

  // The main thread cannot log it.
  #log(profile: Profiler.Profile): void {
    const toMicros = profile.endTime;
    const functions = this.#functions(profile, toMicros - LOOKS_UNTIL_LOGGED * LOOK_MILLIS * 1_000, toMicros);
    const text = functions
      .map((each) => `${functionText(each)} ${Math.round(100 * each.share)} %`)
      .join(", ");
    const line = `tachymeter: the event loop has been blocked for ${LOOKS_UNTIL_LOGGED} s, by ${text}`;
    try {
      writeSync(2, `${line.replaceAll(/[^ -~]/g, "?")}\n`);
    } catch {
      // Standard error is closed, or full.
    }
  }

  #fail(error: unknown): void {
    this.#send({ kind: "failed", reason: errorMessage(error) });
    this.#end();
  }

  #end(): void {
    clearInterval(this.#looking);
    this.#session.disconnect();
    this.#state.disconnected();
    this.#port.close();
  }

  #send(message: FromProfiler): void {
    this.#port.postMessage(message);
  }
}
