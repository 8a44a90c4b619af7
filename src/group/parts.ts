/** The code of a group that has members. A process that is alone does not load it. */
export { AttachedGroup } from "./attached-group.ts";
export { removeIfAlone } from "./processes/deserted.ts";
export { GroupFolder } from "./processes/group-folder.ts";
export { LiveMemory } from "./reporter/live-memory.ts";
