/** Returns the absolute URL of the application's page, for links. `undefined` while it is unknown: until a server listens. */
export type ExternalUrl = () => string | undefined;
