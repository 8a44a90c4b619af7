export interface NextConfiguration { serverExternalPackages?: string[];
  outputFileTracingIncludes?: Record<string, string[]>; transpilePackages?: string[]; }
export function withTachymeter<Given extends readonly unknown[], Configuration extends object>(configuration: (...given:
    Given) => Configuration | Promise<Configuration>): (...given: Given) => Promise<Configuration>;
export function withTachymeter<Configuration extends object>(configuration: Configuration): Configuration;
