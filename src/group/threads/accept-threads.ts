// The main thread's side of the link to the worker threads of its group.
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { VERSION } from "../../version.ts";
import { setGroupEnvironment } from "./group-environment.ts";
import type { FromMainThread, FromThread, MemberMessage } from "./messages.ts";
import { SlotChannel } from "./slot-channel.ts";
import { ThreadSlots } from "./thread-slots.ts";
import { WorkerEnds } from "./worker-ends.ts";

// Free slots kept ready, for nested threads that start while the main thread is blocked.
const SPARE_SLOTS = 4;

/**
 * Lets worker threads started from now on join, nested ones included. `configuration` is passed to them as a structured clone.
 * Costs little before the first thread is started. Keeps no process alive.
 */
export function acceptThreads(configuration: unknown, onJoin: (link: ThreadLink) => void): AcceptedThreads {
  const slots = new ThreadSlots();
  try {
    // Copied now, since every later `new Worker()` would throw the error of a configuration that cannot be copied.
    const copy: unknown = structuredClone(configuration);
    setGroupEnvironment({ version: VERSION, configuration: copy, slots: slots.inEnvironment, ancestors: [] });
  } catch (error) {
    diag.warn(
      `group: measurements of worker threads are not included, since a view or reader option cannot be copied (${errorMessage(error)}); use plain objects there`,
    );
  }
  return new AcceptedThreads(slots, onJoin);
}

/** The threads of a main thread that accepts them. */
export class AcceptedThreads {
  readonly #slots: ThreadSlots;
  readonly #onJoin: (link: ThreadLink) => void;
  // By slot.
  readonly #links = new Map<number, ThreadLink>();
  readonly #ends: WorkerEnds;

  constructor(slots: ThreadSlots, onJoin: (link: ThreadLink) => void) {
    this.#slots = slots;
    this.#onJoin = onJoin;
    this.#ends = new WorkerEnds({
      onStart: () => this.#openSpareSlots(),
      onEnd: (threadId, exitCode) => {
        // Another exit code may be that of a thread that was terminated before it could join.
        if (!this.#end(threadId) && exitCode === 0 && this.#slots.mayLog())
          diag.info(
            `group: worker thread ${threadId} ended without joining, so its measurements are not included; load tachymeter/register by --require in its execArgv, or call start() there`,
          );
      },
    }).start();
  }

  /** Finds threads that have joined or ended, without an event loop. */
  refresh(): void {
    for (const link of this.#links.values()) link.receive();
    this.#ends.sweep();
  }

  /** Accepts no more threads and closes all links, whose ends are not reported. */
  stop(): void {
    this.#slots.close();
    this.#ends.stop();
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    setGroupEnvironment(undefined);
  }

  // One slot for each thread that was started here and has not joined, and the spare ones.
  #openSpareSlots(): void {
    const taken = new Set([...this.#links.values()].map(({ taker }) => taker));
    const joining = [...this.#ends.running].filter((threadId) => !taken.has(threadId)).length;
    let free = [...this.#links.values()].filter(({ taker }) => taker === undefined).length;
    for (; free < joining + SPARE_SLOTS; free++) {
      const slot = this.#slots.findUnused();
      if (slot === undefined) return;
      this.#links.set(
        slot,
        new ThreadLink(this.#slots, slot, (link, message) => this.#handle(link, message)),
      );
      this.#slots.offer(slot);
    }
  }

  #handle(link: ThreadLink, message: FromThread): void {
    switch (message.kind) {
      case "hello":
        link.join(message);
        this.#openSpareSlots();
        this.#onJoin(link);
        break;
      case "message":
        link.deliver(message.message);
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
    for (const link of this.#links.values()) if (link.taker !== undefined) link.receive();
    let hadJoined = false;
    for (const [slot, link] of this.#links) {
      hadJoined ||= link.taker === threadId;
      if (link.taker !== threadId && !link.ancestors.includes(threadId)) continue;
      if (!this.#links.delete(slot)) continue;
      link.close();
      this.#slots.release(slot);
      link.end();
    }
    return hadJoined;
  }
}

/** The main thread's end of a slot, and the thread that has joined in it. */
export class ThreadLink {
  /** The thread that has joined; 0 before. */
  threadId = 0;
  /** The members that it descends from. */
  ancestors: readonly number[] = [];
  readonly #slots: ThreadSlots;
  readonly #slot: number;
  readonly #channel: SlotChannel<FromMainThread, FromThread>;
  readonly #messages: MemberMessage[] = [];
  #onMessage = (): void => {};
  #onEnd = (): void => {};
  #isDraining = false;
  #hasEnded = false;

  constructor(slots: ThreadSlots, slot: number, handle: (link: ThreadLink, message: FromThread) => void) {
    this.#slots = slots;
    this.#slot = slot;
    this.#channel = new SlotChannel(slots.channelOf(slot), (message) => handle(this, message));
  }

  /** The thread that has taken the slot, which may not have joined yet. */
  get taker(): number | undefined {
    return this.#slots.threadOf(this.#slot);
  }

  join({ threadId, ancestors }: Extract<FromThread, { kind: "hello" }>): void {
    this.threadId = threadId;
    this.ancestors = ancestors;
  }

  /** Receives what the thread has sent, without an event loop. */
  receive(): void {
    this.#channel.receive();
  }

  /** Returns the messages since the last call, without an event loop. Also works after the thread's end. */
  drain(): readonly MemberMessage[] {
    // The caller gets the messages, so that the listener need not be called.
    this.#isDraining = true;
    try {
      this.receive();
    } finally {
      this.#isDraining = false;
    }
    return this.#messages.splice(0);
  }

  /** Sets the function that is called if messages for `drain()` have arrived. */
  onMessage(listener: () => void): void {
    this.#onMessage = listener;
  }

  /** Sets the function that is called once the thread has ended in any way. All its messages can be read by then. */
  onEnd(listener: () => void): void {
    if (this.#hasEnded) listener();
    else this.#onEnd = listener;
  }

  /**
   * Asks the thread for its figures. At most one such request is pending, since a thread whose event loop does not turn, as
   * in an idle pool, stores all of them.
   */
  ask(): void {
    if (!this.#hasEnded && this.#slots.markAsked(this.#slot)) this.#channel.post({ kind: "ask" });
  }

  deliver(message: MemberMessage): void {
    this.#messages.push(message);
    if (!this.#isDraining) this.#onMessage();
  }

  close(): void {
    this.#channel.close();
  }

  end(): void {
    this.#hasEnded = true;
    this.#onEnd();
  }
}
