// A sink for the events of facades that tests can inspect.

export interface HeardEvents {
  readonly heard: readonly (readonly [type: string, data: Readonly<Record<string, unknown>>])[];
  listens(type: string): boolean;
  raise(type: string, data: Readonly<Record<string, unknown>>): void;
}

/** Listens to the types for which `isWanted` returns true, and to no others. */
export function heardEvents(isWanted: (type: string) => boolean = () => true): HeardEvents {
  const heard: [string, Readonly<Record<string, unknown>>][] = [];
  return { heard, listens: isWanted, raise: (type, data) => void heard.push([type, data]) };
}
