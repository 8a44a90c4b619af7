import type { SampleSeries } from "../../src/query/source.ts";

export function remoteWrite(url: string, series: readonly SampleSeries[]): Promise<void>;
