// The codes that Redis' errors begin with, which the conventions call the status code: `WRONGTYPE`.
import { fieldOf } from "../shared/index.ts";

const OF_SERVER =
  "ERR WRONGTYPE NOAUTH NOPERM WRONGPASS NOSCRIPT BUSY BUSYGROUP BUSYKEY NOTBUSY UNKILLABLE NOGROUP LOADING READONLY " +
  "OOM EXECABORT MISCONF NOREPLICAS NOPROTO UNBLOCKED IOERR STALE DENIED SYNTAX";
const OF_CLUSTERS = "MOVED ASK CLUSTERDOWN CROSSSLOT TRYAGAIN MASTERDOWN NOMASTERLINK REDIRECT";
const OF_SENTINELS = "INPROG INVALIDOBJ NOGOODSLAVE NOQUORUM IDONTKNOW";
// Each after `SEARCH_`.
const OF_SEARCHES =
  "GENERIC SYNTAX QUERY_STRING_BAD QUERY_BAD KEYWORD EXPR NO_RESULTS BUILD_PLAN PARSE_ARGS ADD_ARGS ARG_UNRECOGNIZED " +
  "OPTION_INVALID OPTION_BAD ORDER_OPTION_BAD ATTR_BAD VALUE_BAD VALUE_NOT_FOUND NUMERIC_VALUE_INVALID PARAM_NOT_FOUND " +
  "PARAM_DUP PROP_NOT_FOUND FIELD_DUP FIELD_MISSING_REQ INDEX_NOT_FOUND INDEX_EXISTS INDEX_MISMATCH INDEX_DROPPED_BG " +
  "INDEX_BG_OOM_FAIL ALIAS_CONFLICT DOC_NOT_FOUND DOCUMENT_EXISTS DOCUMENT_NOT_ADDED REDIS_KEY_TYPE_BAD PATH_BAD " +
  "TYPE_UNSUP GEO_FORMAT_BAD LIMIT_OVER TIMEOUT OOM DIST_FAILED SLOTS_UNAVAIL CLUSTER_NO_RESPONSES";

const CODES: ReadonlySet<string> = new Set([
  ...`${OF_SERVER} ${OF_CLUSTERS} ${OF_SENTINELS}`.split(" "),
  ...OF_SEARCHES.split(" ").map((code) => `SEARCH_${code}`),
]);

/**
 * The code of a server's error; `undefined` for any other word, which may come from a script of the application's and
 * contain anything.
 */
export function statusOf(error: unknown): string | undefined {
  const message = fieldOf(error, "message");
  if (typeof message !== "string") return undefined;
  const word = /^[A-Z_]{2,32}(?=:? )/.exec(message)?.[0];
  return word !== undefined && CODES.has(word) ? word : undefined;
}
