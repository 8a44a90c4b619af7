import { Current } from "../shared/current.ts";
import { type ConsumedQueue, ConsumedQueues, Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf } from "../shared/fields.ts";
import { handledMessages } from "../shared/handled-messages.ts";
import type { Method } from "../../src/recording/replace-method.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import { type Callback, isCallback } from "../shared/observed.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { MANAGER } from "./index.ts";

const SYSTEM = "pg_boss";
// Queues of the package itself, for its maintenance and its schedules.
const OWN = "__pgboss__";

interface JobRecording {
  readonly recording: Recording<unknown>;
  queueOf(name: string): ConsumedQueue;
}

// Workers keep their handlers after the instrumentation is disabled and when it is enabled again.
const current = new Current<JobRecording>();

/** Records the jobs that are sent to queues of the `pg-boss` package, and those that its workers process. */
export function begin(recording: Recording<MessagingConfig>): Attach {
  const destinations = new Destinations(recording, { system: SYSTEM });
  const consumed = new ConsumedQueues(recording, destinations);
  current.set(recording, {
    recording,
    queueOf: (name) => consumed.known(name),
  });
  const sent = (name: unknown, count: number): void => {
    if (!isApplications(name)) return;
    for (let i = 0; i < count; i++) destinations.of(name).sent();
  };
  // They return nothing about the jobs that they have inserted.
  const inserts = (_: unknown, args: readonly unknown[]) => ({
    fulfilled: () => {
      for (const name of inserted(args)) sent(name, 1);
    },
  });
  // Earlier releases of version 12 do not have all of these methods.
  const recordModule = (manager: object): void => {
    recording.outcome(manager, "createJob", (_, [request]) => ({
      fulfilled: (id) => sent(fieldOf(request, "name"), typeof id === "string" ? 1 : 0),
    }));
    if ("upsert" in manager)
      recording.outcome(manager, "upsert", (_, [first]) => ({
        fulfilled: (result) =>
          sent(
            typeof first === "string" ? first : fieldOf(first, "name"),
            Number(fieldOf(result, "inserted")),
          ),
      }));
    if ("flow" in manager) recording.outcome(manager, "flow", inserts);
  };
  return (exports, file) => {
    const manager = prototypeOf(exports);
    recording.outcome(manager, "insert", inserts);
    const isModule = !isSameFile(file, MANAGER);
    recording.wrap(manager, isModule ? "work" : "watch", measuringHandlers);
    if (isModule) return recordModule(manager);
    // All forms of `send` call it. A debounced job that waits calls it again, with an offset; the outer call then
    // returns the same id.
    recording.outcome(manager, "createJob", (_, [name, , options, offset]) => {
      const isInner =
        typeof offset === "number" ? offset > 0 : fieldOf(options, "singletonOffset") !== undefined;
      return { fulfilled: (id) => sent(name, typeof id === "string" && !isInner ? 1 : 0) };
    });
  };
}

// The handler is the last function among the arguments; options may come before.
function measuringHandlers(work: Method): Method {
  return function (name, ...args) {
    const measured = args.map((each) =>
      isApplications(name) && isCallback(each) ? measuredHandler(name, each) : each,
    );
    return Reflect.apply(work, this, [name, ...measured]);
  };
}

function isApplications(name: unknown): name is string {
  return typeof name === "string" && !name.startsWith(OWN);
}

// The queues of inserted jobs: version 10 has a queue in each job, as has a flow, and later ones have one for all.
function inserted([first, jobs]: readonly unknown[]): readonly unknown[] {
  if (Array.isArray(first)) return first.map((job) => fieldOf(job, "name"));
  return Array.isArray(jobs) ? jobs.map(() => first) : [];
}

// A handler gets a list of jobs, which succeed or fail together.
function measuredHandler(name: string, handler: Callback): Callback {
  return function (...args) {
    const jobs = current.value;
    const [batch] = args;
    const queue = jobs?.recording.safely(() => jobs.queueOf(name));
    const call = (): unknown => Reflect.apply(handler, this, args);
    if (jobs === undefined || queue === undefined) return call();
    return handledMessages(jobs.recording, queue, Array.isArray(batch) ? batch.length : 1, call);
  };
}
