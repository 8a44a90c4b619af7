/** The threads of this process and the other processes of its group, as the application sees them. */
import type { ProcessMembers } from "./process-members.ts";
import type { Thread } from "./thread-members.ts";
import type { GroupMember } from "./view.ts";

/** @param blockedMillis age of the last report from which a thread counts as blocked. */
export function memberList(
  threads: Iterable<Thread>,
  processes: ProcessMembers | undefined,
  blockedMillis: number,
): readonly GroupMember[] {
  const ofThreads = Array.from(threads, ({ link, member, ageMillis }): GroupMember => ({
    pid: process.pid,
    threadId: link.threadId,
    worker: member.slot,
    role: "thread",
    state: ageMillis > blockedMillis ? "blocked" : "live",
    ageSeconds: ageMillis / 1_000,
  }));
  const ofProcesses = (processes?.all ?? []).map(({ member, slot }): GroupMember => ({
    pid: member.reader.pid ?? 0,
    threadId: 0,
    worker: slot,
    role: "process",
    state: member.state,
    ageSeconds: Math.max(0, Date.now() - (member.reader.timeUnixMillis ?? Date.now())) / 1_000,
  }));
  return [...ofThreads, ...ofProcesses];
}
