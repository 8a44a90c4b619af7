// How labels become what one format writes.
import type { Label } from "../../../translation/family.ts";

/** Labels as one format writes them, one behind the other, as text or as bytes. */
export type EncodeLabels = (labels: readonly Label[]) => string | Uint8Array;
