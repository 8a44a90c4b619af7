// Slots of a group's threads, in memory that all threads of the process share. It has two flags, the state of each
// slot, and for each slot whether a request to its thread is pending.
//
// The main thread opens a slot's channel, and then sets the slot to FREE. A thread takes a free slot by writing its id.
// So each channel connects two threads, and both can write and read it without an event loop.
//
// `postMessageToThread` is not used: if a thread ends before the event loop of the main thread turns, its messages are
// lost. It also calls the application's listeners of `workerMessage`.

const UNUSED = 0;
const FREE = -1;

const IS_OPEN = 0;
const HAS_LOGGED = 1;
const HEADER = 2;

/** Maximum number of threads in a group. */
const SLOTS = 1024;

/** The slots as passed from thread to thread. */
export interface SlotsInEnvironment {
  readonly name: string;
  readonly shared: Int32Array;
}

/** Slots of the threads of a group. */
export class ThreadSlots {
  readonly #name: string;
  readonly #shared: Int32Array;

  constructor({ name, shared }: SlotsInEnvironment = newSlots()) {
    this.#name = name;
    this.#shared = shared;
  }

  /** The form in which other threads receive the slots. */
  get inEnvironment(): SlotsInEnvironment {
    return { name: this.#name, shared: this.#shared };
  }

  /** Whether the main thread still accepts threads. */
  get isOpen(): boolean {
    return Atomics.load(this.#shared, IS_OPEN) === 1;
  }

  /** Accepts no further threads. */
  close(): void {
    Atomics.store(this.#shared, IS_OPEN, 0);
  }

  /** Returns true for the first caller of all threads. */
  mayLog(): boolean {
    return Atomics.exchange(this.#shared, HAS_LOGGED, 1) === 0;
  }

  /** Finds a slot that is not in use. For the main thread. */
  findUnused(): number | undefined {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (Atomics.load(this.#shared, HEADER + slot) === UNUSED) return slot;
    }
    return undefined;
  }

  /** Lets a thread take the slot. For the main thread, once the slot's channel is open. */
  offer(slot: number): void {
    Atomics.store(this.#shared, HEADER + SLOTS + slot, 0);
    Atomics.store(this.#shared, HEADER + slot, FREE);
  }

  /** Ends the use of a slot. For the main thread. */
  release(slot: number): void {
    Atomics.store(this.#shared, HEADER + slot, UNUSED);
  }

  /** Takes a free slot for a thread; `undefined` if all are taken at the moment. */
  take(threadId: number): number | undefined {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (Atomics.compareExchange(this.#shared, HEADER + slot, FREE, threadId) === FREE) return slot;
    }
    return undefined;
  }

  /** The thread that has taken the slot, if any. */
  threadOf(slot: number): number | undefined {
    const threadId = Atomics.load(this.#shared, HEADER + slot);
    return threadId > 0 ? threadId : undefined;
  }

  /** Notes a request to the thread. Returns whether the last request has been read. */
  markAsked(slot: number): boolean {
    return Atomics.exchange(this.#shared, HEADER + SLOTS + slot, 1) === 0;
  }

  /** Notes that the thread has read the request. */
  clearAsked(slot: number): void {
    Atomics.store(this.#shared, HEADER + SLOTS + slot, 0);
  }

  /** Name of a slot's channel, known to no other code. */
  channelOf(slot: number): string {
    return `${this.#name} ${slot}`;
  }
}

function newSlots(): SlotsInEnvironment {
  const shared = new Int32Array(new SharedArrayBuffer((HEADER + 2 * SLOTS) * Int32Array.BYTES_PER_ELEMENT));
  shared[IS_OPEN] = 1;
  // Unique in this process, so that the channels of a second copy of the package are others.
  return { name: `tachymeter/group ${Math.random()}`, shared };
}
