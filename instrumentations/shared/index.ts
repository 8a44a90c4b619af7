/** What instrumentations are made of. */
export { attached, Itself } from "./attached.ts";
export { claimedPrefixes, claimNames, isClaimed } from "./claimed-names.ts";
export { type BoundCounter, boundCounter, type BoundHistogram, boundHistogram } from "./bound.ts";
export { nowMillis } from "./clock.ts";
export { type ConnectionPoolFigures, ConnectionPools } from "./connection-pools.ts";
export { DatabaseOperations, type DatabaseTarget, OTHER_OPERATION } from "./database-operations.ts";
export { electionHistogram, leadershipGauge, nodeExitCounter } from "./coordination-instruments.ts";
export { deliver, delivered, deliveredInPart, delivering, undelivered } from "./deliver.ts";
export { type DestinationNaming, Destinations } from "./destinations.ts";
export { Components } from "./health-components.ts";
export { type InFlight, InFlightMessages } from "./in-flight.ts";
export {
  connectionsGauge,
  rebalanceCounter,
  reconnectCounter,
  retriedCounter,
  waitHistogram,
} from "./instruments.ts";
export { KnownNames } from "./known-names.ts";
export { Locks } from "./locks.ts";
export { observed, observedAside, type Outcome } from "./observed.ts";
export type { Attach, Begin, Instrumented, InstrumentedFile } from "./instrumented.ts";
export { LibraryInstrumentation } from "./library-instrumentation.ts";
export { LatestBytes } from "./latest-bytes.ts";
export {
  isNodeCallback,
  measuredCallback,
  type NodeCallback,
  withMeasuredCallback,
} from "./measured-callback.ts";
export { type NameSigns, nameTemplate } from "./name-template.ts";
export { fieldOf, isObject, isRecord, listIn } from "./fields.ts";
export { prototypeOf } from "./prototype-of.ts";
export { Reconnects } from "./reconnects.ts";
export type {
  CoordinationConfig,
  HealthConfig,
  MessagingConfig,
  NamingConfig,
  PoolConfig,
} from "./option-sets.ts";
export {
  InstrumentationOptionsError,
  type OptionCheck,
  type OptionChecks,
  type OptionProblem,
  optionProblems,
} from "./options.ts";
export { PartitionLags } from "./partition-lags.ts";
export { LostConnections } from "./lost-connections.ts";
export { Recording } from "./recording.ts";
export { remember } from "./remembered.ts";
export { requireBeside } from "./require-beside.ts";
export { SqlOperations } from "./sql-operations.ts";
export { type PoolReading, type PoolTasks, WorkerPools } from "./worker-pools.ts";
export { type Method, wrapMethod } from "./wrap-method.ts";
