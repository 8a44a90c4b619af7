// What AMQP 0-9-1 calls its methods on the wire: class 60, `basic`, in the upper half.
const BASIC = 60 * 0x1_0000;

/** The ids of the methods by which messages are asked for and settled. */
export const METHOD = {
  consume: BASIC + 20,
  consumeOk: BASIC + 21,
  cancel: BASIC + 30,
  cancelOk: BASIC + 31,
  get: BASIC + 70,
  getOk: BASIC + 71,
  ack: BASIC + 80,
  reject: BASIC + 90,
  nack: BASIC + 120,
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
