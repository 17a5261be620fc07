/** Which fields a frame of the server has, and what an answer is called: the dialect is asked, since it writes them. */
import type { Answer, PlainFrame, Request } from '../../bridge/dialect.js'
import { native } from '../../bridge/dialects/native/index.js'
import { codes } from '../../src/errors.js'
import type { Envelope } from '../../src/protocol/envelope.js'
import type { SessionEvent } from '../../src/protocol/session.js'

/** What the dialect wrote. */
export interface Written {
  readonly type: string
  readonly fields: readonly string[]
}

const nothing = () => []
const none = () => undefined
const state = native.open({
  ...{
    connection: '',
    bridge: {},
    path: '',
    params: {},
    pid: 0,
    now: () => 0,
    nextId: () => '',
    nextUuid: () => '',
    unsent: () => undefined,
    gzip: () => '',
  },
  view: {
    ...{
      agents: nothing,
      tasks: nothing,
      swarms: nothing,
      clients: nothing,
      attention: nothing,
      mayRead: () => false,
      mayHear: () => false,
    },
    ...{ agent: none, task: none, swarm: none, ballot: none, agentNamed: none },
  },
})
const error = { code: 'INTERNAL', message: codes.INTERNAL.says, retry: codes.INTERNAL.retry } as const

const written = ([frame]: readonly PlainFrame[]): Written => {
  if (!frame) throw new Error('The native dialect wrote no frame where one was expected.')
  return { type: String(frame['type']), fields: Object.keys(frame) }
}

// Of a request and of an event the dialect reads the type alone, so the rest of them is left out here.
const requestOf = (type: string): Request => ({ id: '', command: { type } as Request['command'] })

const answered = (type: string, answer: Answer): Written => written(native.answer(requestOf(type), answer, state))

/** What the dialect writes when what was asked was applied, is being carried out, or was refused. */
export const applied = (type: string): Written => answered(type, { receipt: 'applied', value: {} })
export const accepted = answered('', { receipt: 'accepted' })
export const rejected = answered('', { receipt: 'rejected', error })

/** What it writes to tell of an event of the system. */
export const said = (type: string): Written => {
  const envelope = {
    id: '',
    topic: '',
    seq: 1,
    epoch: '',
    offset: 1,
    timestamp: 0,
    source: '',
    priority: 'normal',
    event: { type },
  }
  return written(native.say(envelope as Envelope, state))
}

/** What it writes about the connection, as the answer to a request or by itself. */
export const told = (type: string, asked: boolean): Written =>
  written(native.tell({ type, error } as SessionEvent, state, asked ? requestOf('') : undefined))
