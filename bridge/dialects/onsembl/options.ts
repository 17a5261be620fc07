/** What can be set of the Onsembl protocol, and what it is when nothing is said. */
import type { AgentType } from './words.js'

export interface OnsemblOptions {
  /** Default `['/ws/dashboard']`. */
  readonly paths?: readonly string[] | undefined
  /** What `connection:ack` says of the server. Default `1.0.0`. */
  readonly serverVersion?: string | undefined
  /** The type of agents whose metadata names none in `agentType`. Default `claude`. */
  readonly agentType?: AgentType | undefined
  /** Milliseconds between a client's heartbeats; after twice as long a silence the connection is dead. Default 30,000. */
  readonly heartbeat?: number | undefined
  /** Messages of one connection in a second, all together. Default 100. */
  readonly messagesPerSecond?: number | undefined
  /** Commands that one connection may request in a minute. Default 10. */
  readonly commandsPerMinute?: number | undefined
  /** Milliseconds that output waits for more before it is sent. Default 50. */
  readonly outputWindow?: number | undefined
  /** Bytes of the pieces that waiting output is cut into, the oldest of which go when it is too much. Default 10,240. */
  readonly outputChunk?: number | undefined
  /** Bytes of output that may wait, for each command. Default 102,400. */
  readonly outputBuffer?: number | undefined
  /** Bytes beyond which the data of one message is compressed. Default 10,240. */
  readonly compressAbove?: number | undefined
  /** Milliseconds from a change of who is there to the list of all agents, which tells of all changes meanwhile. Default 50. */
  readonly listWindow?: number | undefined
  /** Agents that one list names at the most, those that did something last; its `total` tells of more. Default 4,000. */
  readonly listed?: number | undefined
}

export type Settings = { readonly [K in keyof OnsemblOptions]-?: NonNullable<OnsemblOptions[K]> }

const usual: Settings = {
  paths: ['/ws/dashboard'],
  serverVersion: '1.0.0',
  agentType: 'claude',
  heartbeat: 30_000,
  messagesPerSecond: 100,
  commandsPerMinute: 10,
  outputWindow: 50,
  outputChunk: 10_240,
  outputBuffer: 102_400,
  compressAbove: 10_240,
  listWindow: 50,
  listed: 4_000,
}

export const settingsOf = (options: OnsemblOptions): Settings => {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { ...usual, ...Object.fromEntries(given) }
}
