// Behaviour that users of OpenTelemetry's metrics SDK rely on. Every provider has to pass it.
import { describe } from "vitest";
import { describeInstruments } from "./compatibility/instruments.ts";
import { describeMeters } from "./compatibility/meters.ts";
import { describeObservables } from "./compatibility/observables.ts";
import { describePoints } from "./compatibility/points.ts";
import { describeReaders } from "./compatibility/readers.ts";
import { describeViews } from "./compatibility/views.ts";
import type { MakeProvider } from "./pulled.ts";

/** Registers the kit's tests for one provider. */
export function compatibilityKit(makeProvider: MakeProvider): void {
  describe("meters", () => {
    describeMeters(makeProvider);
  });
  describe("instruments", () => {
    describeInstruments(makeProvider);
  });
  describe("points", () => {
    describePoints(makeProvider);
  });
  describe("observable instruments", () => {
    describeObservables(makeProvider);
  });
  describe("views", () => {
    describeViews(makeProvider);
  });
  describe("readers", () => {
    describeReaders(makeProvider);
  });
}
