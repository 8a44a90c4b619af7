/** `last-requests-worker.ts` as one script, inserted by the build. Undefined in the sources. */
export const LAST_REQUESTS_CODE: string | undefined = undefined;
