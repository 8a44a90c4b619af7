// Names and labels under which a query sees stored series.
import type { TranslationSettings } from "../../translation/strategy.ts";

/** The process that queries, and collects the same series. */
export interface OwnProcess {
  /** Its attribute `service.instance.id`, if it has one. */
  readonly instance: string | undefined;
  /** Its attribute `service.name`. Series of services without a name are its own, too. */
  readonly service: string;
  /** Time from which it collects. */
  readonly sinceUnixMillis: number;
  /** Whether the series of other services, and of other processes that run at the same time, are left out. */
  readonly isAlone?: boolean;
}

/** A view of a store; by default that of a Prometheus reader without options. */
export interface StoredView {
  /** Settings of the Prometheus reader. */
  readonly translation?: TranslationSettings | undefined;
  /**
   * Its series have no label `service_instance_id` or `service_name`, so that live samples continue them. Those of other
   * processes of its service that run at the same time have the former, those of other services the latter.
   */
  readonly own?: OwnProcess | undefined;
}
