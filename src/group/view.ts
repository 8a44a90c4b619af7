/** The group as the application sees it: `telemetry.group`. */
import { threadId } from "node:worker_threads";

/** Threads and processes that share their metrics. */
export interface Group {
  /** The `service.instance.id` of all members. */
  readonly id: string;
  /** The name of the group: that of the option, else that of the service. */
  readonly name: string;
  /** Role of this process: it has the readers, reports to the one that has them, or has no other members. */
  readonly role: "aggregator" | "member" | "alone";
  /** Returns the known members, this process first. In a process that is not the aggregator, these are its own threads. */
  members(): readonly GroupMember[];
}

/** A thread or a process of a group. */
export interface GroupMember {
  /** Id of its process. */
  readonly pid: number;
  /** 0 for the main thread. */
  readonly threadId: number;
  /** The lowest free number when it joined. */
  readonly worker?: number | undefined;
  /** The process with the readers, another process, or a worker thread. */
  readonly role: "aggregator" | "process" | "thread";
  /** `blocked` if its latest report is late, `gone` after its end. */
  readonly state: "live" | "blocked" | "gone";
  /** Age of its latest report in seconds. Recorded measurements of threads are read directly, whatever their age. */
  readonly ageSeconds: number;
}

/** This process, or this thread, as a member. */
export function ownMember(role: GroupMember["role"], ownThreadId: number = threadId): GroupMember {
  return { pid: process.pid, threadId: ownThreadId, worker: 0, role, state: "live", ageSeconds: 0 };
}

/** The group of a process that is alone, with this process as its only member. */
export function groupOfOne(id: string, name: string): Group {
  return { id, name, role: "alone", members: () => [ownMember("aggregator")] };
}
