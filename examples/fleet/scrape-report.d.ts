export function reportOnScrapes(texts: ReadonlyMap<string, string>): string;
