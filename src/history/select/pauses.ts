// Times in which no process of a store counted.
import type { Pause } from "../../query/from-zero.ts";
import { overlapping } from "../comparison.ts";
import type { Store } from "../store/index.ts";
import { idOf, isOtherService, serviceOf } from "./lanes.ts";
import type { OwnProcess } from "./stored-view.ts";

/** The pauses between the processes whose series are in a view, in order of time. */
export function pausesOf(store: Pick<Store, "keptSince" | "processes">, own?: OwnProcess): readonly Pause[] {
  const stored = store.processes();
  const processes = stored.flatMap(({ resource, from, to }) => {
    const isOther = own === undefined || isOtherService(serviceOf({ resource }), own);
    if (isOther && own?.isAlone === true) return [];
    const instance = idOf({ resource });
    return { instance, isOwn: !isOther && instance === own.instance, from, to };
  });
  if (own !== undefined)
    processes.push({ instance: own.instance, isOwn: true, from: own.sinceUnixMillis, to: Infinity });
  const pauses: Pause[] = [];
  let end = -Infinity;
  for (const together of overlapping(processes)) {
    // As for series: only one of several processes at a time is seen.
    const isShared = own?.isAlone === true && new Set(together.map(({ instance }) => instance)).size > 1;
    const seen = isShared ? together.filter(({ isOwn }) => isOwn) : together;
    if (seen.length === 0) continue;
    pauses.push({ from: end, to: Math.min(...seen.map(({ from }) => from)) });
    end = Math.max(...seen.map(({ to }) => to));
  }
  const since = store.keptSince(stored);
  return pauses.map(({ from, to }) => ({ from, to: from < since ? Math.max(to, since) : to }));
}
