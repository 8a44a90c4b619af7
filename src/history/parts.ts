// The public names, and further ones for the SDK and the command line tool.
export * from "./index.ts";
export { joiningProcesses } from "./analysis/joined-processes.ts";
export { EventStore } from "./events/store.ts";
export { HistoryExporter } from "./exporter.ts";
export { sampleSourceOf } from "../query/given-source.ts";
export { RecordedHistory } from "./recorded-history.ts";
export { setRunningHistory } from "./bridge/local-backend.ts";
export { historyOn } from "./history.ts";
export { HistoryStore } from "./history-store.ts";
export { hasStore, storeOf } from "./store-of.ts";
