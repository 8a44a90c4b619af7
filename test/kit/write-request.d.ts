import type { SampleSeries } from "../../src/query/source.ts";

export function remoteWrite(url: string, series: readonly SampleSeries[]): Promise<void>;
export function writeRequest(series: readonly SampleSeries[]): Uint8Array;
export function snappy(bytes: Uint8Array): Uint8Array;
