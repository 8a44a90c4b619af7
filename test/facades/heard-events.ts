// A place where facades raise their events, for a test to look at.

export interface HeardEvents {
  readonly heard: readonly (readonly [type: string, data: Readonly<Record<string, unknown>>])[];
  listens(type: string): boolean;
  raise(type: string, data: Readonly<Record<string, unknown>>): void;
}

/** Listens to the types that `isWanted` wants, and to no other. */
export function heardEvents(isWanted: (type: string) => boolean = () => true): HeardEvents {
  const heard: [string, Readonly<Record<string, unknown>>][] = [];
  return { heard, listens: isWanted, raise: (type, data) => void heard.push([type, data]) };
}
