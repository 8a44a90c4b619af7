// A worker's threads: each processes one file at a time, the others are queued.
import { Worker } from "node:worker_threads";

const SCRIPT = new URL("./hash-thread.mjs", import.meta.url);

export class Threads {
  #idle = [];
  #busy = new Map();
  #waiting = [];
  #stopped = false;

  constructor(count) {
    for (let i = 0; i < count; i++) this.#start();
  }

  get alive() {
    return this.#idle.length + this.#busy.size;
  }

  /** Returns the thread's result for the file; a thread that dies of it is replaced. */
  digest(path) {
    return new Promise((resolve) => {
      this.#waiting.push({ path, resolve });
      this.#dispatch();
    });
  }

  async stop() {
    this.#stopped = true;
    await Promise.all([...this.#idle, ...this.#busy.keys()].map((thread) => thread.terminate()));
  }

  #start() {
    const thread = new Worker(SCRIPT);
    thread.on("message", (result) => {
      this.#settle(thread, result);
      this.#idle.push(thread);
      this.#dispatch();
    });
    thread.on("error", (error) => this.#settle(thread, { error: error.message }));
    thread.on("exit", () => {
      this.#idle = this.#idle.filter((other) => other !== thread);
      if (!this.#stopped) this.#start();
    });
    this.#idle.push(thread);
    this.#dispatch();
  }

  #settle(thread, result) {
    this.#busy.get(thread)?.resolve(result);
    this.#busy.delete(thread);
  }

  #dispatch() {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const thread = this.#idle.shift();
      const task = this.#waiting.shift();
      this.#busy.set(thread, task);
      thread.postMessage(task.path);
    }
  }
}
