// Our own hooks, by the configuration's names.
import type { Instrumentation } from "@opentelemetry/instrumentation";
import { ChildProcessInstrumentation } from "../instrumentations/child-process/index.ts";
import { MqttInstrumentation } from "../instrumentations/mqtt/index.ts";
import { WorkerThreadsInstrumentation } from "../instrumentations/worker-threads/index.ts";
import type { Configuration } from "./config/index.ts";
import type { Commands, Kernels, Messaging } from "./facades/index.ts";
import { runtimeInstrumentation } from "./host/index.ts";
import type { Options } from "./options.ts";

/** The facades to which our hooks record. */
export interface HookedFacades {
  readonly messaging: Messaging;
  readonly kernels: Kernels;
  readonly commands: Commands;
}

/** All instrumentations that a configuration asks for: ours, upstream's for the runtime, and the caller's own. */
export function makeInstrumentations(
  configuration: Configuration,
  options: Options,
  { messaging, kernels, commands }: HookedFacades,
): readonly Instrumentation[] {
  const { instrumentations: ours } = configuration;
  const given = options.instrumentations;
  return [
    ...(configuration.runtime ? [runtimeInstrumentation()] : []),
    ...(ours.mqtt === undefined ? [] : [new MqttInstrumentation({ ...ours.mqtt, messaging })]),
    ...(ours.child_process === undefined
      ? []
      : [new ChildProcessInstrumentation({ ...ours.child_process, commands })]),
    // Kernel telemetry is opt-in: without it, workers are not even listened to.
    ...(ours.worker_threads === undefined || !configuration.kernels
      ? []
      : [new WorkerThreadsInstrumentation({ ...ours.worker_threads, kernels })]),
    ...(isList(given) ? given : []),
  ];
}

function isList(given: Options["instrumentations"]): given is readonly Instrumentation[] {
  return Array.isArray(given);
}
