/**
 * `last-delivery-worker.ts` with all its imports, as one script. The build inserts it here as text, because a separate
 * file would be missing from an application's bundle. Undefined in the sources.
 */
export const LAST_DELIVERY_CODE: string | undefined = undefined;
