// Rules and alerts for the API, from the part of the SDK that has them.
import type { Parameters } from "./parameters.ts";

/** Documents of rules and alerts, as Prometheus' API has them. */
export interface ServedRules {
  /** The data of `/api/v1/rules`. @throws ApiError if a parameter is invalid. */
  rules(parameters: Parameters): unknown;
  /** The data of `/api/v1/alerts`. */
  alerts(): unknown;
}
