/** The ids on the wire of the methods by which messages are asked for and settled: class 60, `basic`, in the upper half. */
export const METHOD = {
  consume: 0x3c_0014,
  consumeOk: 0x3c_0015,
  cancel: 0x3c_001e,
  cancelOk: 0x3c_001f,
  get: 0x3c_0046,
  getOk: 0x3c_0047,
  ack: 0x3c_0050,
  reject: 0x3c_005a,
  nack: 0x3c_0078,
} as const;

/** What the methods above carry, as far as it is looked at. Anything may be missing. */
export interface Fields {
  readonly queue?: unknown;
  readonly noAck?: unknown;
  readonly consumerTag?: unknown;
  readonly deliveryTag?: unknown;
  readonly multiple?: unknown;
  readonly requeue?: unknown;
}

/** What a frame of the broker's carries. */
export interface Frame {
  readonly id?: unknown;
  readonly fields?: Fields;
}
