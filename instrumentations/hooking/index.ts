/** What hooks are made of. */
export { type DestinationNaming, Destinations, type MessagingHookConfig } from "./destinations.ts";
export { type InFlight, InFlightMessages } from "./in-flight.ts";
export { connectionsGauge, reconnectCounter, retriedCounter, waitHistogram } from "./instruments.ts";
export { type Attach, type HookedFile, LibraryInstrumentation } from "./library-instrumentation.ts";
export { Recording } from "./recording.ts";
export { type Method, wrapMethod } from "./wrap-method.ts";
