/** What hooks are made of. */
export { claimNames, isClaimed } from "./claimed-names.ts";
export { type BoundCounter, boundCounter, type BoundHistogram, boundHistogram } from "./bound.ts";
export { type DestinationNaming, Destinations, type MessagingHookConfig } from "./destinations.ts";
export { type InFlight, InFlightMessages } from "./in-flight.ts";
export { connectionsGauge, reconnectCounter, retriedCounter, waitHistogram } from "./instruments.ts";
export { type Attach, type HookedFile, LibraryInstrumentation } from "./library-instrumentation.ts";
export { type NameSigns, nameTemplate } from "./name-template.ts";
export { isObject, prototypeOf } from "./prototype-of.ts";
export { Reconnects } from "./reconnects.ts";
export { utilizationGauge } from "./pool-instruments.ts";
export { LostConnections } from "./lost-connections.ts";
export { Recording } from "./recording.ts";
export { type PoolHookConfig, type PoolReading, type PoolTasks, WorkerPools } from "./worker-pools.ts";
export { type Method, wrapMethod } from "./wrap-method.ts";
