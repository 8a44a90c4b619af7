/** The worker threads of this process that have joined. */
import type { Members } from "../engine/streams/members.ts";
import { withTimeout } from "../io/timeout.ts";
import type { Chunk } from "./memory/chunks.ts";
import { ImageReader } from "./memory/image-reader.ts";
import type { GroupMerge, MergedMember } from "./merge/group-merge.ts";
import type { AcceptedThreads, ThreadLink } from "./threads/accept-threads.ts";
import type { MemberMessage, ThreadLines } from "./threads/messages.ts";

// Time that a collection waits for the values of observable instruments.
const ANSWER_MILLIS = 50;

export interface ThreadEvents {
  onJoin(thread: Thread): void;
  /** A part of the thread's memory has arrived. */
  onChunk(thread: Thread, chunk: Chunk): void;
  /** The thread has passed lines on. */
  onLines(lines: readonly string[]): void;
  /** The state of the thread's facades has changed; `undefined` if it has ended. */
  onFacts(thread: Thread, facts: string | undefined): void;
  /** The thread has sent new exemplars, as text. */
  onExemplars(text: string): void;
  /** The thread has ended. All its chunks have arrived. */
  onLeave(thread: Thread): void;
}

/** A thread that has joined. */
export class Thread {
  readonly link: ThreadLink;
  readonly member: MergedMember;
  readonly #joinedAt = Date.now();
  #arrived: readonly Chunk[] = [];
  readonly #events: ThreadEvents;
  #pending: { readonly answer: Promise<void>; readonly sinceMillis: number } | undefined;
  #answered = (): void => {};

  constructor(link: ThreadLink, slot: number, events: ThreadEvents) {
    this.link = link;
    this.#events = events;
    const image = new ImageReader(() => this.#chunks());
    this.member = { name: `worker thread ${link.threadId}`, slot, image };
    link.onMessage(() => this.#receive());
  }

  /** Milliseconds since the last report. */
  get ageMillis(): number {
    return Math.max(0, Date.now() - (this.member.image.reportedAt || this.#joinedAt));
  }

  /**
   * Asks for the values of observable instruments. Resolves when they are there. `undefined` if a request had no answer
   * in its time, as in an idle thread of a pool.
   */
  report(): Promise<void> | undefined {
    const nowMillis = performance.now();
    if (this.#pending === undefined) {
      const answer = new Promise<void>((resolve) => (this.#answered = resolve));
      this.#pending = { answer, sinceMillis: nowMillis };
      this.link.ask();
    }
    return nowMillis - this.#pending.sinceMillis < ANSWER_MILLIS ? this.#pending.answer : undefined;
  }

  #receive(): void {
    const messages = this.link.drain();
    // First, since an application's hook may collect, and so receive further ones.
    for (const message of messages) if (message.kind === "chunk") this.#arrive(message.chunk);
    for (const message of messages) this.#take(message);
    if (!messages.some(({ kind }) => kind === "reported")) return;
    this.#pending = undefined;
    this.#answered();
  }

  #take(message: MemberMessage): void {
    if (message.kind === "lines") this.#pass(message);
    else if (message.kind === "exemplars") this.#events.onExemplars(message.exemplars);
    else if (message.kind === "facts") this.#events.onFacts(this, message.facts);
  }

  #arrive(chunk: Chunk): void {
    // A log that starts again replaces the one before, which may not have been read.
    const isRestart = chunk.kind === "log" && chunk.index === 0;
    const others = isRestart ? this.#arrived.filter(({ kind }) => kind === "cells") : this.#arrived;
    this.#arrived = [...others, chunk];
    this.#events.onChunk(this, chunk);
  }

  #pass({ lines, read }: ThreadLines): void {
    const characters = lines.reduce((sum, line) => sum + line.length, 0);
    this.#events.onLines(lines);
    Atomics.add(read, 0, characters);
  }

  #chunks(): readonly Chunk[] {
    this.#receive();
    const arrived = this.#arrived;
    this.#arrived = [];
    return arrived;
  }
}

export class ThreadMembers {
  readonly #merge: GroupMerge;
  readonly #accepted: AcceptedThreads;
  readonly #threads = new Set<Thread>();
  readonly #events: ThreadEvents;

  constructor(accepted: AcceptedThreads, merge: GroupMerge, events: ThreadEvents) {
    this.#accepted = accepted;
    this.#merge = merge;
    this.#events = events;
  }

  /** For a reporter thread, which reads the threads itself: they only report the values of observable instruments. */
  readonly onlyAsked: Members = {
    prepare: () => this.report(),
    prepareNow: () => {},
    find: () => {
      this.find();
      return false;
    },
    *refresh() {},
    merged: (_stream, _store, own) => own,
  };

  get all(): ReadonlySet<Thread> {
    return this.#threads;
  }

  /** Finds threads that have joined or ended. */
  find(): void {
    this.#accepted.refresh();
  }

  /** Lets the threads report the values of observable instruments, for a short time. */
  report(): Promise<void> | undefined {
    const answers = [...this.#threads].flatMap((thread) => thread.report() ?? []);
    return answers.length === 0 ? undefined : this.#inTime(answers);
  }

  /** A thread has joined. */
  join(link: ThreadLink): void {
    const thread = new Thread(link, this.#merge.freeSlot(), this.#events);
    this.#threads.add(thread);
    this.#merge.add(thread.member);
    this.#events.onJoin(thread);
    link.onEnd(() => this.#leave(thread));
  }

  /** Ends the membership of all threads. Their figures up to now stay. */
  stop(): void {
    for (const thread of this.#threads) this.#leave(thread);
  }

  async #inTime(answers: readonly Promise<void>[]): Promise<void> {
    // The caller waits, and an idle thread of a pool keeps no process alive.
    await withTimeout(Promise.all(answers), ANSWER_MILLIS, () => {}, { keepsAlive: true });
  }

  #leave(thread: Thread): void {
    if (!this.#threads.delete(thread)) return;
    this.#merge.leave(thread.member);
    this.#events.onFacts(thread, undefined);
    this.#events.onLeave(thread);
  }
}
