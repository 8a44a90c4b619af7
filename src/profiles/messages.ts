// Messages between the main thread and the thread that reads its profiles, and the numbers that both share.

/** A function that took time, and its part of that time. */
export interface HotFunction {
  /** Its name; `anonymous` without one. `garbage collection` or `native code` if no function of a file was active. */
  readonly function: string;
  /** Path of its file, relative to the working directory. */
  readonly file?: string;
  /** Line of the file on which it begins, from 1. */
  readonly line?: number;
  /** Package of a file in `node_modules`. */
  readonly package?: string;
  /** The part of Node.js or V8 that it called and that took most of its time, such as `pbkdf2Sync`. */
  readonly native?: string;
  /** The function of the application that called the package, as `name (file:line)`. */
  readonly caller?: string;
  /** Part of the time, from 0 to 1. */
  readonly share: number;
}

/** A time for which the event loop was blocked. */
export interface BlockedTime {
  /** Both in microseconds of the system's monotonic clock, as in profiles. */
  readonly fromMicros: number;
  readonly toMicros: number;
  /** Milliseconds since the epoch at which it ended. */
  readonly endUnixMillis: number;
}

/** A block, with the functions that held the loop, the longest first. */
export interface Block {
  readonly durationSeconds: number;
  readonly endUnixMillis: number;
  readonly functions: readonly HotFunction[];
}

/** A profile of some seconds, as a table. All shares are parts of the busy time. */
export interface ProfileSummary {
  readonly seconds: number;
  /** Part of the time in which the main thread was busy. */
  readonly busy: number;
  /** By their own time. `total` includes the functions that they called. */
  readonly functions: readonly (HotFunction & { readonly total: number })[];
  /** Without a name: the application itself. */
  readonly packages: readonly {
    readonly package: string | undefined;
    readonly share: number;
    readonly total: number;
  }[];
}

/** A function that allocated memory which is still in use. */
export interface Allocation extends Omit<HotFunction, "share"> {
  readonly bytes: number;
}

/** Kinds of requests, with their results. */
export interface Answers {
  readonly profile: { readonly summary: ProfileSummary; readonly text: string };
  readonly allocations: readonly Allocation[];
}

export type Asked = keyof Answers;

/** Everything that the thread starts with. */
export interface ProfilerData {
  readonly state: SharedArrayBuffer;
  readonly samplingHertz: number;
  /** The working directory, to which paths are relative. */
  readonly directory: string;
  /** Folder for profiles with blocks; `undefined` for none. */
  readonly files: { readonly folder: string; readonly maxBytes: number } | undefined;
}

export type ToProfiler =
  /** The profile of this turn has ended. Its blocks are reported. */
  | {
      readonly kind: "turned";
      readonly turn: number;
      readonly blocks: readonly BlockedTime[];
      /** Whether the loop is still blocked. */
      readonly isBlocked: boolean;
    }
  /** Request for a profile of some seconds, or for the growth of the heap in this time. */
  | { readonly kind: "ask"; readonly id: number; readonly asked: Asked; readonly seconds: number }
  | { readonly kind: "end" };

export type FromProfiler =
  /** The profiler is ready: profiles may begin. */
  | { readonly kind: "ready" }
  | { readonly kind: "blocks"; readonly blocks: readonly Block[] }
  | { readonly kind: "answer"; readonly id: number; readonly answer: Answers[Asked] | Error }
  | { readonly kind: "warning"; readonly text: string }
  | { readonly kind: "failed"; readonly reason: string };

const STATUS = 0;
const BEATS = 1;
const LENGTH = 2;

const STARTING = 0;
const CONNECTED = 1;
const ENDED = 2;

/** Numbers that both threads read and write, without an event loop. */
export class SharedState {
  readonly shared: SharedArrayBuffer;
  readonly #numbers: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(LENGTH * Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#numbers = new Int32Array(shared);
  }

  /** Claims the connection for the other thread. Returns false if this thread has ended meanwhile. */
  connect(): boolean {
    return Atomics.compareExchange(this.#numbers, STATUS, STARTING, CONNECTED) === STARTING;
  }

  /** Prevents a connection. Returns false if there is one. */
  preventConnection(): boolean {
    return Atomics.compareExchange(this.#numbers, STATUS, STARTING, ENDED) !== CONNECTED;
  }

  disconnected(): void {
    Atomics.store(this.#numbers, STATUS, ENDED);
    Atomics.notify(this.#numbers, STATUS);
  }

  /** Blocks until there is no connection, for at most `limitMillis`. */
  awaitDisconnection(limitMillis: number): void {
    Atomics.wait(this.#numbers, STATUS, CONNECTED, limitMillis);
  }

  /** The main thread's event loop runs. */
  beat(): void {
    Atomics.add(this.#numbers, BEATS, 1);
  }

  get beats(): number {
    return Atomics.load(this.#numbers, BEATS);
  }
}

const TITLE = "tachymeter ";

/** Title of the profile of a turn. */
export function titleOf(turn: number): string {
  return `${TITLE}${turn}`;
}

/** The turn of a title; `undefined` if the profile is the application's own. */
export function turnOf(title: string): number | undefined {
  const turn = Number(title.slice(TITLE.length));
  return title === titleOf(turn) ? turn : undefined;
}

/** Key of the global function that ends the turn while the loop is blocked. */
export const TURN_KEY = "tachymeter.profiles.turn";
