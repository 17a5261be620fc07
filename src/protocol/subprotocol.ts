/** The names under which the native protocol is negotiated. */

/** The subprotocols, by codec. */
export const subprotocols = { json: 'troupe.v1+json', msgpack: 'troupe.v1+msgpack' } as const
export type CodecName = keyof typeof subprotocols
