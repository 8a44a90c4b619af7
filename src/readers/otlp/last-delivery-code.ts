/**
 * `last-delivery-worker.ts` with all that it imports, as one script. The build puts it here: a text is there in an
 * application's bundle too, where a file would be missing. The sources have none.
 */
export const LAST_DELIVERY_CODE: string | undefined = undefined;
