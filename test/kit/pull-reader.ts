import { type MetricProducer, MetricReader } from "tachymeter/metrics";

/** A reader that collects on demand. */
export class PullReader extends MetricReader {
  /** The producer from which it collects. */
  producer: MetricProducer | undefined;

  override setMetricProducer(producer: MetricProducer): void {
    super.setMetricProducer(producer);
    this.producer = producer;
  }

  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}
