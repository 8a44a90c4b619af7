/** Metrics of worker threads, combined in one thread, as in `@prometheus-io/client`. */
import { BroadcastChannel, isMainThread, threadId } from "node:worker_threads";
import type { RegistryContentType } from "./content-type.ts";
import { Gathering, KIND, type Message } from "./gathering.ts";
import { isObject } from "./label-checks.ts";
import type { AnyRegistry } from "./metric-configuration.ts";
import { register, registriesFrom, Registry } from "./registry.ts";
import { shared } from "./state.ts";

const ALL = "@prometheus-io/client:announce";

interface State {
  readonly gathering: Gathering;
  readonly workers: Map<string, number>;
  /** Sends to all threads that have joined. */
  send: (message: Message) => void;
  /** Sends to the primary. */
  sendToPrimary: (message: Message) => void;
}

/** The state of this thread. With one for each copy of this module, a thread would answer several times. */
const state = shared("worker_threads", (): State => {
  return { gathering: new Gathering(), workers: new Map(), send: () => {}, sendToPrimary: () => {} };
});

/**
 * A registry whose `workerMetrics()` adds up the metrics of all worker threads that have made such a registry, too.
 * Counts of threads that called `shutdown()` stay. The metrics of the primary thread itself are not included.
 */
export class WorkerRegistry<T extends RegistryContentType> extends Registry<T> {
  /** Number of threads that have joined. */
  static workerCount(): number {
    return state.workers.size;
  }

  /** Sets the registries whose metrics this thread adds. By default the global one. */
  static setRegistries(regs: AnyRegistry[] | AnyRegistry): void {
    state.gathering.registries = registriesFrom(regs);
  }

  /** Whether this thread asks the others. */
  readonly primary: boolean;

  /** Throws a `TypeError` if the content type is not one of the two. `primary` is by default the main thread. */
  constructor(regContentType?: T, primary: boolean = isMainThread) {
    super(regContentType);
    this.primary = primary;
    joinThreads(register, primary);
  }

  /** Text of the metrics of all threads. Rejects if one fails, or does not answer within 5 seconds. */
  async workerMetrics(): Promise<string> {
    const { gathering, workers, send } = state;
    if (workers.size === 0 && !gathering.hasKept) return "";
    const names = [...workers.keys()].toSorted((a, b) => Number(workers.get(a)) - Number(workers.get(b)));
    return gathering.text({
      workers: names,
      ask: (requestId) => send({ type: KIND.request, threadId, requestId }),
      combine: (metrics) => Registry.aggregate(metrics, this.contentType),
    });
  }

  /**
   * Waits for requests under way. Without any, a worker sends its sums to the primary, which keeps them. Rejects if the
   * primary does not have them within `timeout` milliseconds, by default 5,000. To be called before a thread ends.
   */
  async shutdown(timeout = 5000): Promise<void> {
    await state.gathering.end(this.primary, timeout, (message) => state.sendToPrimary(message));
  }
}

/** Takes part. Without `setRegistries()`, the metrics are those of the first `registry`. */
export function joinThreads(registry: AnyRegistry, isPrimary: boolean): void {
  const { gathering, workers } = state;
  gathering.registries ??= [registry];
  if (gathering.isListening) return;
  gathering.isListening = true;
  const name = `@prometheus-io/client:worker:${threadId}`;
  const announce = (primary: boolean): void =>
    state.send({ type: KIND.announcement, name, threadId, primary });
  state.send = channelOf(ALL, (message) => {
    if (message["type"] === KIND.announcement) {
      if (isPrimary) addWorker(message);
      if (message["primary"] === true) announce(false);
    } else if (message["type"] === KIND.request)
      void gathering.answer(message, (answer) => state.sendToPrimary({ ...answer, threadId }));
  }).send;
  state.sendToPrimary = channelOf(name, (message) => {
    if (message["type"] === KIND.acknowledgement) gathering.acknowledged(message);
  }).send;
  announce(isPrimary);

  function addWorker({ name: worker, threadId: id }: Message): void {
    if (typeof worker !== "string" || workers.has(worker)) return;
    workers.set(worker, Number(id));
    const channel = channelOf(worker, (message) => {
      if (message["type"] === KIND.response) gathering.answered(worker, message);
      if (message["type"] !== KIND.goodbye || !workers.delete(worker)) return;
      channel.send({ type: KIND.acknowledgement, requestId: message["requestId"], threadId });
      gathering.keep(message["metrics"]);
      channel.close();
    });
  }
}

interface Channel {
  readonly send: (message: Message) => void;
  readonly close: () => void;
}

// Does not keep the thread alive.
function channelOf(name: string, receive: (message: Message) => void): Channel {
  const channel = new BroadcastChannel(name);
  channel.addEventListener("message", (event) => {
    const data: unknown = Reflect.get(event, "data");
    if (isObject(data)) receive(data);
  });
  // Node's types for version 20 lack it.
  const unref: unknown = Reflect.get(channel, "unref");
  if (typeof unref === "function") Reflect.apply(unref, channel, []);
  return { send: (message) => channel.postMessage(message), close: () => channel.close() };
}
