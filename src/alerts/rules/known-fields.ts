// Fields of rule files.

/** Fields of a group. */
export const GROUP_FIELDS = ["name", "interval", "query_offset", "limit", "labels", "rules"] as const;
/** Fields of a rule. */
export const RULE_FIELDS = [
  "record",
  "alert",
  "expr",
  "for",
  "keep_firing_for",
  "labels",
  "annotations",
] as const;
/** Fields of a file. */
export const FILE_FIELDS = ["groups"] as const;
