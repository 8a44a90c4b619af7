/** Begin of the name of a service that has none. */
export const UNNAMED_SERVICE = "unknown_service";

/** Whether the name of a service is the default, which has the path of the executable as it was written in the command. */
export function isUnnamed(serviceName: string): boolean {
  return serviceName.startsWith(UNNAMED_SERVICE);
}
