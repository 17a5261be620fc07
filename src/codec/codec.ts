/** How a frame is written: a codec sees plain data and bytes, never a socket. */

export interface Codec {
  readonly name: 'json' | 'msgpack'
  /** Text for JSON, bytes for MessagePack. Fields that are undefined are left out. */
  encode(frame: unknown): string | Uint8Array
  /** Throws `BAD_FRAME` with a sentence for what is not a frame, or not one that is safe to read. */
  decode(data: string | Uint8Array): unknown
}

/** Keys that would reach into the prototype of whatever the frame is copied into. */
export const isForbiddenKey = (key: string): boolean => key === '__proto__' || key === 'constructor' || key === 'prototype'
