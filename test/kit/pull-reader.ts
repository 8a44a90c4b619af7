import { type MetricProducer, MetricReader } from "tachymeter/metrics";

/** A reader that collects when it is asked. */
export class PullReader extends MetricReader {
  /** What it collects from. */
  producer: MetricProducer | undefined;

  override setMetricProducer(producer: MetricProducer): void {
    super.setMetricProducer(producer);
    this.producer = producer;
  }

  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}
