/** A sentence that breaks a rule. */
export interface Finding {
  readonly line: number;
  readonly rule: string;
  readonly say: string;
  readonly text: string;
}

export function findingsIn(path: string, text: string): Finding[];
export function filesUnder(path: string): string[];
