// The measured parts of the group, and the only file here that depends on the modules of src/group/.

/**
 * Makes a group whose members are in this process. Returns a meter for each member, and `mergeNow`. It merges their
 * series once, and resolves with the total of all: the sum of the counters, or the count of the histograms.
 */
export async function groupInProcess({ members, exponential, limit }) {
  throw new Error(
    `a group in one process cannot be made yet (${members} members, exponential: ${exponential}, limit: ${limit})`,
  );
}
