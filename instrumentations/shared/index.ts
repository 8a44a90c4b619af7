/** The parts of which instrumentations are made. */
export { attached, Itself } from "./attached.ts";
export {
  type BoundCounter,
  boundCounter,
  type BoundRecorder,
  boundRecorder,
} from "../../src/recording/bind.ts";
export { nowMillis } from "./clock.ts";
export { ConsumerGroups } from "./consumer-groups.ts";
export { ConnectionPools, type ConnectionPoolReading } from "./connection-pools.ts";
export {
  DatabaseOperations,
  type DatabaseTarget,
  OTHER_OPERATION,
  targetFrom,
  targetsBy,
} from "./database-operations.ts";
export { deliver, delivered, deliveredInPart, deliveries, delivering, undelivered } from "./deliver.ts";
export {
  type ConsumedQueue,
  ConsumedQueues,
  type DestinationNaming,
  Destinations,
  type InFlight,
  InFlightMessages,
} from "./destinations.ts";
export { prototypeOf, requireBeside } from "./exports.ts";
export { fieldOf, hasMethods, isObject, isRecord, listIn } from "./fields.ts";
export { Components } from "./health-components.ts";
export {
  counter,
  histogram,
  leadershipGauge,
  observableGauge,
  observableUpDownCounter,
} from "./instruments.ts";
export {
  type Attach,
  type Begin,
  type Instrumented,
  type InstrumentedFile,
  isSameFile,
} from "./instrumented.ts";
export { LibraryInstrumentation } from "./library-instrumentation.ts";
export { LiveObjects } from "./live-objects.ts";
export { coordinationOf, Locks } from "./locks.ts";
export { claimedPrefixes, claimNames, isClaimed, LatestBytes, nameTemplate, remember } from "./names.ts";
export {
  isCallback,
  measuredCallback,
  observed,
  observedAside,
  type Outcome,
  seenCallback,
} from "./observed.ts";
export { type OptionCheck, type OptionChecks, optionProblems } from "./options.ts";
export type {
  HealthConfig,
  KafkaConfig,
  LocksConfig,
  MessagingConfig,
  NamingConfig,
  NodesConfig,
  PoolConfig,
  RedisConfig,
} from "./option-sets.ts";
export { PartitionLags } from "./partition-lags.ts";
export { LostConnections, Reconnects, reconnectsOf } from "./reconnects.ts";
export { Recording } from "./recording.ts";
export { measureQueries, type Settled, SqlOperations } from "./sql-operations.ts";
export { type PoolTasks, threadPoolFrom, WorkerPools } from "./worker-pools.ts";
export { type Method, type Wrap, wrapMethod } from "../../src/recording/replace-method.ts";
