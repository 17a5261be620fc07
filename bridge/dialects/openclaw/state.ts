/** What one connection of an OpenClaw client remembers. */
import { TroupeError } from '../../../src/errors.js'
import type { OpenContext, PlainFrame, Standing } from '../../dialect.js'
import type { ClientType, Filter, Frame, MessageType } from './words.js'

/** A message of the client that waits for its one answer. */
export interface Asked {
  /** What the answer refers to. */
  readonly correlationId: string | undefined
  /** For whom it was: the source of the answer. */
  readonly target: string | readonly string[] | undefined
  readonly priority: number
  /** Whether several were asked, each of whom is answered for by name; else they are steps of one thing, and the last one's answer counts. */
  readonly each: boolean
  /** What has to be answered before it is: requests, or whoever was asked. */
  readonly left: Set<string>
  readonly outcomes: { readonly to: string; readonly value?: unknown; readonly error?: object }[]
  /** The message that it is a part of, for one of those who were asked. */
  part?: { readonly whole: Asked; readonly to: string } | undefined
  /** Makes the data of the response from what was answered. */
  readonly data: (value: unknown) => unknown
  /** What is remembered when it was carried out. */
  readonly done?: (() => void) | undefined
}

/** What an agent that works behind this connection has in hand. */
interface Delivered {
  readonly agent: string
  readonly delivery: string
}

export class State {
  readonly context: OpenContext
  standing: Standing | undefined
  clientType: ClientType = 'external'
  /** What AUTH said of an agent that works here. */
  agent: {
    readonly id?: string | undefined
    readonly name?: string | undefined
    readonly capabilities?: readonly string[] | undefined
  } = {}
  /** Whether AUTH was in upper case, which only its answer mirrors. */
  upper = false
  authId: string | undefined
  /** By the id of each request that an answer is put together from. */
  readonly asked = new Map<string, Asked>()
  channels = new Map<string, Filter | undefined>()
  /** Tasks and requests in hand, by task or delivery. */
  readonly delivered = new Map<string, Delivered>()

  constructor(context: OpenContext) {
    this.context = context
  }

  get clientId(): string {
    return this.standing?.address ?? `connection_${this.context.connection}`
  }

  may(permission: string): boolean {
    return this.standing?.permissions.some((each) => each === permission || each === 'admin') ?? false
  }

  /** Throws `FORBIDDEN`. */
  need(permission: string): void {
    if (this.may(permission)) return
    throw new TroupeError('FORBIDDEN', `This needs the permission ${permission}.`)
  }

  /** A message of the server. */
  message(
    type: MessageType,
    payload: Readonly<Record<string, unknown>>,
    more: Partial<Omit<Frame, 'type' | 'payload'>> = {},
  ): PlainFrame {
    const { context } = this
    return {
      id: context.nextId(),
      type,
      timestamp: new Date(context.now()).toISOString(),
      source: 'websocket_gateway',
      priority: 1,
      payload,
      ...Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined)),
    }
  }

  /** Whom an answer comes from: whoever was asked. */
  answerTo({ correlationId, target, priority }: Pick<Asked, 'correlationId' | 'target' | 'priority'>) {
    const source = Array.isArray(target) ? target.join(',') : typeof target === 'string' ? target : 'websocket_gateway'
    return { source, target: this.clientId, correlationId, priority }
  }
}
