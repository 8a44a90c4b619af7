/** Processes of a group, all of them in this process. */
import { expect, onTestFinished } from "vitest";
import { GroupFolder, type GroupEvents } from "../../../src/group/processes/group-folder.ts";
import { placeOf } from "../../../src/group/processes/place.ts";

/** Joins the group in a directory, and leaves it at the end of the test. */
export function joinedFolder(directory: string, events: Partial<GroupEvents> = {}): GroupFolder {
  const group = GroupFolder.open({
    place: placeOf({ serviceName: "shop", directory }, {}),
    serviceName: "shop",
    collectNow: () => {},
    onRole: () => {},
    onMember: () => {},
    onDeath: () => {},
    ...events,
  });
  if ("reason" in group) throw new Error(group.reason);
  expect(group.join()).toBeUndefined();
  onTestFinished(() => group.leave());
  return group;
}
