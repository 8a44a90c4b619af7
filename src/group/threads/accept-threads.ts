// The main thread's side of the link to the worker threads of its group.
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { VERSION } from "../../version.ts";
import { setGroupEnvironment } from "./group-environment.ts";
import { type FromMainThread, type FromThread, isFromThread } from "./messages.ts";
import { SlotChannel } from "./slot-channel.ts";
import { ThreadSlots } from "./thread-slots.ts";
import { WorkerEnds } from "./worker-ends.ts";

// Free slots kept ready, for nested threads that start while the main thread is blocked.
const SPARE_SLOTS = 4;

/** A thread that has joined. */
export interface ThreadLink {
  readonly threadId: number;
  /** Returns the messages since the last call, without an event loop. Also works after the thread's end. */
  drain(): readonly unknown[];
  /** Calls the listener if messages for `drain()` have arrived. */
  onMessage(listener: () => void): void;
  /** Calls the listener once, when the thread has ended in any way. All its messages can be read by then. */
  onEnd(listener: () => void): void;
  /**
   * Asks the thread for its figures. At most one such request is pending, since a thread whose event loop does not turn, as
   * in an idle pool, stores all of them.
   */
  ask(): void;
}

/** The threads of a main thread that accepts them. */
export interface AcceptedThreads {
  /** Number of threads started here that have ended without joining. The first one is logged. */
  readonly notJoined: number;
  /** Finds threads that have joined or ended, without an event loop. */
  refresh(): void;
  /** Accepts no more threads and closes all links. `onEnd` is not called. */
  stop(): void;
}

/**
 * Lets worker threads started from now on join, nested ones included. `recipe` is passed to them as a structured clone.
 * Costs little before the first thread is started. Keeps no process alive.
 */
export function acceptThreads(recipe: unknown, onJoin: (link: ThreadLink) => void): AcceptedThreads {
  const slots = new ThreadSlots();
  try {
    // Copied now, since every later `new Worker()` would throw the error of a recipe that cannot be copied.
    const copy: unknown = structuredClone(recipe);
    setGroupEnvironment({ version: VERSION, recipe: copy, slots: slots.inEnvironment, ancestors: [] });
  } catch (error) {
    diag.warn(
      `group: measurements of worker threads are not included, since a view or reader option cannot be copied (${errorMessage(error)}); use plain objects there`,
    );
  }
  return new Acceptance(slots, onJoin);
}

class Acceptance implements AcceptedThreads {
  readonly #slots: ThreadSlots;
  readonly #onJoin: (link: ThreadLink) => void;
  readonly #doors = new Map<number, Door>();
  readonly #ends: WorkerEnds;
  #notJoined = 0;

  constructor(slots: ThreadSlots, onJoin: (link: ThreadLink) => void) {
    this.#slots = slots;
    this.#onJoin = onJoin;
    this.#ends = new WorkerEnds({
      onStart: () => this.#openSpareSlots(),
      onEnd: (threadId, exitCode) => {
        // Another exit code may be that of a thread that was terminated before it could join.
        if (!this.#end(threadId) && exitCode === 0) this.#noteNotJoined(threadId);
      },
    });
    this.#ends.start();
  }

  get notJoined(): number {
    return this.#notJoined;
  }

  refresh(): void {
    for (const door of this.#doors.values()) door.channel.receive();
    this.#ends.sweep();
  }

  stop(): void {
    this.#slots.close();
    this.#ends.stop();
    for (const door of this.#doors.values()) door.channel.close();
    this.#doors.clear();
    setGroupEnvironment(undefined);
  }

  // One slot for each thread that was started here and has not joined, and the spare ones.
  #openSpareSlots(): void {
    const taken = new Set([...this.#doors.values()].map(({ thread }) => thread));
    const joining = [...this.#ends.running].filter((threadId) => !taken.has(threadId)).length;
    let free = [...this.#doors.values()].filter(({ thread }) => thread === undefined).length;
    for (; free < joining + SPARE_SLOTS; free++) {
      const slot = this.#slots.findUnused();
      if (slot === undefined) return;
      this.#doors.set(slot, new Door(this.#slots, slot, (door, message) => this.#handle(door, message)));
      this.#slots.offer(slot);
    }
  }

  #handle(door: Door, message: FromThread): void {
    switch (message.kind) {
      case "hello":
        door.ancestors = message.ancestors;
        door.link = new JoinedThread(message.threadId, door);
        this.#openSpareSlots();
        this.#onJoin(door.link);
        break;
      case "message":
        door.link?.deliver(message.message);
        break;
      case "ended":
        this.#end(message.threadId);
        break;
      default:
        message satisfies never;
    }
  }

  // A thread that ends takes all threads with it that it has started. Returns whether it had joined.
  #end(threadId: number): boolean {
    // The last messages, which may be the hello of a thread that has ended already.
    for (const door of this.#doors.values()) {
      if (door.thread !== undefined) door.channel.receive();
    }
    let hadJoined = false;
    for (const [slot, door] of this.#doors) {
      hadJoined ||= door.thread === threadId;
      if (door.thread !== threadId && !door.ancestors.includes(threadId)) continue;
      if (!this.#doors.delete(slot)) continue;
      door.channel.close();
      this.#slots.release(slot);
      door.link?.end();
    }
    return hadJoined;
  }

  #noteNotJoined(threadId: number): void {
    this.#notJoined++;
    if (!this.#slots.mayLog()) return;
    diag.info(
      `group: worker thread ${threadId} ended without joining, so its measurements are not included; load tachymeter/register by --require in its execArgv, or call start() there`,
    );
  }
}

/** The main thread's end of a slot. */
class Door {
  readonly channel: SlotChannel<FromMainThread>;
  ancestors: readonly number[] = [];
  link: JoinedThread | undefined;
  readonly #slots: ThreadSlots;
  readonly #slot: number;

  constructor(slots: ThreadSlots, slot: number, handle: (door: Door, message: FromThread) => void) {
    this.#slots = slots;
    this.#slot = slot;
    this.channel = new SlotChannel(slots.channelOf(slot), (message) => {
      if (isFromThread(message)) handle(this, message);
    });
  }

  /** The thread that has taken the slot, if any. */
  get thread(): number | undefined {
    return this.#slots.threadOf(this.#slot);
  }

  ask(): void {
    if (this.#slots.markAsked(this.#slot)) this.channel.post({ kind: "ask" });
  }
}

class JoinedThread implements ThreadLink {
  readonly threadId: number;
  readonly #door: Door;
  readonly #messages: unknown[] = [];
  readonly #messageListeners: (() => void)[] = [];
  readonly #endListeners: (() => void)[] = [];
  #isDraining = false;
  #hasEnded = false;

  constructor(threadId: number, door: Door) {
    this.threadId = threadId;
    this.#door = door;
  }

  drain(): readonly unknown[] {
    // The caller gets the messages, so that the listeners need not be called.
    this.#isDraining = true;
    try {
      this.#door.channel.receive();
    } finally {
      this.#isDraining = false;
    }
    return this.#messages.splice(0);
  }

  onMessage(listener: () => void): void {
    this.#messageListeners.push(listener);
  }

  onEnd(listener: () => void): void {
    if (this.#hasEnded) listener();
    else this.#endListeners.push(listener);
  }

  ask(): void {
    if (!this.#hasEnded) this.#door.ask();
  }

  deliver(message: unknown): void {
    this.#messages.push(message);
    if (this.#isDraining) return;
    for (const listener of this.#messageListeners) listener();
  }

  end(): void {
    this.#hasEnded = true;
    for (const listener of this.#endListeners.splice(0)) listener();
  }
}
