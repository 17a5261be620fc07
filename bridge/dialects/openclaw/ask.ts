/** From one message of a client to the commands that it asks for, and back to its one answer. */
import type { Command } from '../../../src/protocol/command.js'
import type { SessionCommand } from '../../../src/protocol/session.js'
import { traceparentIn } from '../../../src/protocol/traceparent.js'
import type { Request, Saying } from '../../dialect.js'
import type { State } from './state.js'
import type { Frame } from './words.js'

export type Heard = readonly (Request | Saying)[]

interface Wanted {
  /** Makes the data of the response. Default: what the command answered. */
  readonly data?: ((value: never) => unknown) | undefined
  readonly done?: (() => void) | undefined
  /** Whether the commands are steps of one thing, of which the last one's answer counts. */
  readonly sequence?: boolean | undefined
}

/** What a message is answered under. */
export const correlationOf = ({ id, correlationId }: Pick<Frame, 'id' | 'correlationId'>): string | undefined =>
  correlationId ?? id

/** Asks for one or more commands, which are answered together. `to`: whom each is for, where there are several. */
export const askAll = (
  frame: Frame,
  commands: readonly { readonly to: string; readonly command: Command | SessionCommand }[],
  state: State,
  wanted: Wanted = {},
): Heard => {
  const requests = commands.map(({ to, command }) => ({ id: state.context.nextId(), to, command }))
  const asked = {
    correlationId: correlationOf(frame),
    target: frame.target,
    priority: frame.priority ?? 1,
    names: new Map(requests.map(({ id, to }) => [id, to])),
    sequence: wanted.sequence ?? false,
    left: new Set(requests.map(({ id }) => id)),
    outcomes: [],
    data: (wanted.data ?? ((value) => value)) as (value: unknown) => unknown,
    done: wanted.done,
  }
  for (const { id } of requests) state.asked.set(id, asked)
  const correlationId = correlationOf(frame)
  const traceparent = traceparentIn(frame.metadata?.['traceparent'])
  const cause = {
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  }
  return requests.map(({ id, command }) => ({
    id,
    command,
    ...(frame.ttl === undefined ? {} : { ttl: frame.ttl * 1_000 }),
    cause,
  }))
}

/** Asks for several commands one after the other, as steps of one thing. */
export const askSteps = (
  frame: Frame,
  commands: readonly (Command | SessionCommand)[],
  state: State,
  wanted: Wanted = {},
): Heard =>
  askAll(
    frame,
    commands.map((command) => ({ to: '', command })),
    state,
    { ...wanted, sequence: true },
  )

export const ask = (frame: Frame, command: Command | SessionCommand, state: State, wanted: Wanted = {}): Heard =>
  askAll(frame, [{ to: '', command }], state, wanted)

/** Answers at once, from what is in view. */
export const say = (frame: Frame, data: unknown, state: State): Heard => {
  const answered = { correlationId: correlationOf(frame), target: frame.target, priority: frame.priority ?? 1 }
  return [{ say: [state.message('response', { status: 'success', data }, state.answerTo(answered))] }]
}

/** What a client reports and waits for no answer to. */
export const report = (command: Command | SessionCommand, state: State): Heard => [{ id: state.context.nextId(), command }]
