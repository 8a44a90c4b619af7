// Parts and instrumentations that are loaded on demand. This list and `instrumentations/index.ts` import all of them at
// once: for the sources, and for bundlers, which follow static imports only. For Node.js, the build replaces each
// `import * as name` of the lists by a text such as "#alerts", which is required here: `start()` is synchronous.
import { createRequire } from "node:module";
import * as alerts from "../alerts/parts.ts";
import * as anomalies from "../anomalies/parts.ts";
import * as configuration from "../configuration/index.ts";
import * as metrics from "../engine/index.ts";
import * as explain from "../explain/parts.ts";
import * as facades from "../facades/index.ts";
import * as group from "../group/parts.ts";
import * as history from "../history/parts.ts";
import * as gpu from "../host/gpu/index.ts";
import * as page from "../page/index.ts";
import * as profiles from "../profiles/parts.ts";
import * as json from "../readers/json/index.ts";
import * as otlp from "../readers/otlp/parts.ts";
import * as prometheus from "../readers/prometheus/index.ts";
import * as endpoint from "./endpoint.ts";
import * as hostId from "./host-id.ts";
import * as httpModules from "./http-modules.ts";
import * as liveQuery from "./live-query.ts";
import * as moduleSources from "./module-sources.ts";
import { loadedPart } from "./loaded-part.ts";
import * as push from "./push.ts";
export { INSTRUMENTATIONS } from "../../instrumentations/index.ts";

export interface Parts {
  readonly alerts: typeof alerts;
  readonly anomalies: typeof anomalies;
  readonly configuration: typeof configuration;
  /** The engine with upstream's readers and exporters. */
  readonly metrics: typeof metrics;
  readonly explain: typeof explain;
  /** The facades that an application may not use. */
  readonly facades: typeof facades;
  readonly group: typeof group;
  readonly history: typeof history;
  readonly gpu: typeof gpu;
  readonly page: typeof page;
  readonly profiles: typeof profiles;
  readonly json: typeof json;
  readonly otlp: typeof otlp;
  /** Pushgateway and remote write. */
  readonly prometheus: typeof prometheus;
  /** The Prometheus endpoint. */
  readonly endpoint: typeof endpoint;
  readonly hostId: typeof hostId;
  readonly httpModules: typeof httpModules;
  readonly liveQuery: typeof liveQuery;
  /** The loader hook of the main thread of Node.js 20. */
  readonly moduleSources: typeof moduleSources;
  readonly push: typeof push;
}

// oxfmt-ignore
const PARTS: Parts = {
  alerts, anomalies, configuration, metrics, explain, facades, group, history, gpu, page, profiles, json, otlp, prometheus, endpoint, hostId,
  httpModules, liveQuery, moduleSources, push,
};

const require = createRequire(import.meta.url);

// `require` looks for the file again each time, and queries need their part at each evaluation.
const loaded: { -readonly [Name in keyof Parts]?: Parts[Name] } = {};

/** Loads a part. */
export function part<Name extends keyof Parts>(name: Name): Parts[Name] {
  const known = loaded[name];
  if (known !== undefined) return known;
  const made = moduleOf<Parts[Name]>(PARTS[name]);
  loaded[name] = made;
  return made;
}

/** The module of an entry of a list: the entry itself, or what is required by its text. */
export function moduleOf<Module>(entry: Module | string): Module {
  return typeof entry === "string" ? loadedPart(entry, (place): Module => require(place)) : entry;
}
