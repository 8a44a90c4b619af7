// Members that have ended, and whose last events the aggregator cannot keep.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { expect, onTestFinished, test, vi } from "vitest";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import { AttachedGroup } from "../../src/group/attached-group.ts";
import { memberConfigurationFor } from "../../src/group/member-configuration.ts";
import type { GroupFolder } from "../../src/group/processes/group-folder.ts";
import { PassedLines } from "../../src/group/processes/passed-lines.ts";
import { acceptThreads } from "../../src/group/threads/accept-threads.ts";
import { newFolder } from "../kit/new-folder.ts";
import { joinedFolder } from "./processes/joined-folder.ts";

const MINUTE = 60_000;

/** An aggregator that cannot keep events. */
function aggregatorOf(directory: string): {
  readonly folder: GroupFolder;
  readonly lines: readonly string[];
  readonly attempts: () => number;
} {
  let attempts = 0;
  const lines: string[] = [];
  let attached: AttachedGroup | undefined;
  const folder = joinedFolder(directory, {
    onMember: (member) => attached?.processes?.add(member),
    onDeath: (member) => attached?.endProcess(member),
  });
  const configuration = memberConfigurationFor(60, { views: [] }, []);
  const accepted = acceptThreads(configuration, () => {});
  const provider = new MeterProvider();
  provider.joinGroup((target) => {
    const parts = { provider, target, folder, accepted, memory: undefined, isExporting: true };
    attached = new AttachedGroup(parts, {
      merging: { gauges: "last", workerAttribute: "worker", timeToLiveMillis: Infinity },
      configuration,
      onAggregator: () => {},
      onCandidate: () => Promise.resolve(),
      onJoined: () => {},
      messages: {
        facts: () => undefined,
        onFacts: () => {},
        fromThread: () => {},
        fromMember: (some) => void lines.push(...some),
        fromSelf: () => {},
        kept: () => {
          attempts++;
          return Promise.reject(new Error("no space left on device"));
        },
      },
    });
    return { membersFor: () => attached };
  });
  attached?.roleChanged();
  onTestFinished(() => {
    attached?.stop();
    accepted.stop();
    diag.disable();
  });
  return { folder, lines, attempts: () => attempts };
}

test("the last events of a member that cannot be kept hold it for 10 minutes, whatever others do", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  // Pauses between attempts are short.
  vi.spyOn(Math, "random").mockReturnValue(0);
  onTestFinished(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
  const directory = newFolder("group");
  const { folder, lines, attempts } = aggregatorOf(directory);
  const first = joinedFolder(directory);
  const second = joinedFolder(directory);
  const third = joinedFolder(directory);
  const isHeld = (member: GroupFolder): boolean => existsSync(join(folder.folder, member.id));
  await folder.findMembers();
  const someAttempts = async (): Promise<void> => {
    const before = attempts();
    await expect.poll(attempts).toBeGreaterThan(before + 10);
  };
  const endWithEvent = async (member: GroupFolder): Promise<void> => {
    const passed = new PassedLines(member, () => undefined);
    passed.add(member.id);
    passed.flush();
    passed.close();
    await member.leave();
    await expect.poll(() => lines).toContain(member.id);
    await expect.poll(() => folder.members.find(({ id }) => id === member.id)?.state).toBe("gone");
    await someAttempts();
  };

  await endWithEvent(first);
  vi.advanceTimersByTime(6 * MINUTE);
  // It has passed on no events.
  await second.leave();
  await expect.poll(() => isHeld(second)).toBe(false);
  vi.advanceTimersByTime(3 * MINUTE);
  await endWithEvent(third);
  vi.advanceTimersByTime(2 * MINUTE);
  await expect.poll(() => isHeld(first)).toBe(false);
  await someAttempts();
  expect(isHeld(third)).toBe(true);
  vi.advanceTimersByTime(8 * MINUTE);
  await expect.poll(() => isHeld(third)).toBe(false);
});
