// The machine's id outside Linux, by upstream's detector.
export { hostDetector } from "@opentelemetry/resources";
