// A worker thread's side of the link to the main thread of its group.
import { isMainThread, threadId } from "node:worker_threads";
import { diag } from "@opentelemetry/api";
import { VERSION } from "../../version.ts";
import { type GroupEnvironment, groupEnvironment, setGroupEnvironment } from "./group-environment.ts";
import type { FromMainThread, FromThread, MemberMessage } from "./messages.ts";
import { SlotChannel } from "./slot-channel.ts";
import { ThreadSlots } from "./thread-slots.ts";
import { WorkerEnds } from "./worker-ends.ts";

// Time between attempts to take a slot, if none was free.
const RETRY_MILLIS = 100;

/**
 * Joins the group of the main thread. Returns `undefined` if the main thread accepts no threads, or if this thread has
 * joined already. The same holds if the main thread runs another version of the package, which is logged once.
 */
export function joinMainThread(): HostLink | undefined {
  if (isMainThread) return undefined;
  const environment = groupEnvironment();
  if (environment === undefined || environment.ancestors.at(-1) === threadId) return undefined;
  const slots = new ThreadSlots(environment.slots);
  if (!slots.isOpen) return undefined;
  if (environment.version !== VERSION) {
    if (slots.mayLog())
      diag.warn(
        `group: a worker thread loads tachymeter ${VERSION}, but the main thread runs ${environment.version}, so its measurements are not included; install one version only`,
      );
    return undefined;
  }
  setGroupEnvironment({ ...environment, ancestors: [...environment.ancestors, threadId] });
  return new HostLink(environment, slots);
}

/** The link of a thread that has joined the group of its main thread. */
export class HostLink {
  /** A copy of the main thread's configuration. */
  readonly configuration: unknown;
  readonly #slots: ThreadSlots;
  #onAsk = (): void => {};
  // Messages that wait for a slot.
  #waiting: FromThread[] = [];
  #retry: NodeJS.Timeout | undefined;
  #slot = -1;
  #channel: SlotChannel<FromThread, FromMainThread> | undefined;

  constructor({ configuration, ancestors }: GroupEnvironment, slots: ThreadSlots) {
    this.configuration = configuration;
    this.#slots = slots;
    new WorkerEnds({
      onStart: () => {},
      onEnd: (ended) => this.#post({ kind: "ended", threadId: ended }),
    }).start();
    this.#post({ kind: "hello", threadId, ancestors });
  }

  /** Sends a structured clone. Needs no event loop, and the thread may end right after it. */
  post(message: MemberMessage): void {
    this.#post({ kind: "message", message });
  }

  /** Sets the function that is called if the main thread asks for the thread's figures. */
  onAsk(listener: () => void): void {
    this.#onAsk = listener;
  }

  #post(message: FromThread): void {
    const channel = this.#open();
    if (channel !== undefined) channel.post(message);
    else this.#wait(message);
  }

  // The main thread opens a slot for each thread that it starts. For nested threads there are some more, which can all
  // be taken while the main thread is blocked.
  #open(): SlotChannel<FromThread, FromMainThread> | undefined {
    if (this.#channel !== undefined) return this.#channel;
    const slot = this.#slots.take(threadId);
    if (slot === undefined) return undefined;
    this.#slot = slot;
    this.#channel = new SlotChannel(this.#slots.channelOf(slot), () => {
      this.#slots.clearAsked(this.#slot);
      this.#onAsk();
    });
    for (const message of this.#waiting.splice(0)) this.#channel.post(message);
    clearInterval(this.#retry);
    return this.#channel;
  }

  #wait(message: FromThread): void {
    // The group has ended, so that nothing has a receiver any more.
    if (!this.#slots.isOpen) {
      clearInterval(this.#retry);
      this.#waiting = [];
      return;
    }
    // Earlier facts are out of date.
    if (isFacts(message)) this.#waiting = this.#waiting.filter((each) => !isFacts(each));
    this.#waiting.push(message);
    this.#retry ??= setInterval(() => this.#open(), RETRY_MILLIS).unref();
  }
}

function isFacts(given: FromThread): boolean {
  return given.kind === "message" && given.message.kind === "facts";
}
