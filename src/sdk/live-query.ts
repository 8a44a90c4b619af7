// The parts of queries; loaded with the first one.
export { query, queryRange } from "../query/evaluation/query.ts";
export { untilAborted } from "../query/evaluation/until-aborted.ts";
export { QueryApi } from "../query/http/api.ts";
export { JoinedSource } from "../query/joined-source.ts";
export { LiveExemplars } from "../query/live/live-exemplars.ts";
export { LiveSource } from "../query/live/live-source.ts";
export { RecentSource } from "../query/recent-source.ts";
export { QueryError } from "../query/query-error.ts";
