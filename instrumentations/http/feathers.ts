// Routes of Feathers 5 on Express and Koa: paths of services.
import { fieldOf, isObject } from "../shared/fields.ts";

const paths = new WeakMap<object, string>();

/**
 * Returns the path of the service that Feathers has looked up; `undefined` without one. `request` is a request of Express, or a
 * context of Koa.
 */
export function feathersRoute(request: unknown): string | undefined {
  const lookup = fieldOf(request, "lookup");
  const service = fieldOf(lookup, "service");
  if (!isObject(service)) return undefined;
  const path = paths.get(service) ?? pathOf(service, fieldOf(request, "app"));
  if (path === undefined) return undefined;
  paths.set(service, path);
  return fieldOf(fieldOf(lookup, "params"), "__id") === undefined ? `/${path}` : `/${path}/:id`;
}

// An application of Express is a function.
function pathOf(service: object, app: unknown): string | undefined {
  const services: unknown = Reflect.get(Object(app), "services");
  return Object.entries(Object(services)).find(([, each]) => each === service)?.[0];
}
