/** From one message of a client to the commands that it asks for, and back to its one answer. */

import { TroupeError } from '../../../src/errors.js'
import type { Command } from '../../../src/protocol/command.js'
import type { SessionCommand } from '../../../src/protocol/session.js'
import { traceparentIn } from '../../../src/protocol/traceparent.js'
import type { Request, Saying } from '../../dialect.js'
import { together } from './answer.js'
import type { Asked, State } from './state.js'
import { errorOf } from './states.js'
import type { Frame } from './words.js'

export type Heard = readonly (Request | Saying)[]

interface Wanted {
  /** Makes the data of the response. Default: what the command answered. */
  readonly data?: ((value: never) => unknown) | undefined
  readonly done?: (() => void) | undefined
}

/** What a message is answered under. */
export const correlationOf = ({ id, correlationId }: Pick<Frame, 'id' | 'correlationId'>): string | undefined =>
  correlationId ?? id

const answeredUnder = (frame: Frame) => ({
  correlationId: correlationOf(frame),
  target: frame.target,
  priority: frame.priority ?? 1,
})

/** Asks for commands, as steps of one thing, of which the last one's answer counts. */
export const askSteps = (
  frame: Frame,
  commands: readonly (Command | SessionCommand)[],
  state: State,
  wanted: Wanted = {},
): Heard => {
  const requests = commands.map((command) => ({ id: state.context.nextId(), command }))
  const asked: Asked = {
    ...answeredUnder(frame),
    each: false,
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

export const ask = (frame: Frame, command: Command | SessionCommand, state: State, wanted: Wanted = {}): Heard =>
  askSteps(frame, [command], state, wanted)

/** Asks several, who are answered for by name in one answer; one who cannot be asked is refused there, and keeps none of the others. */
export const askEach = (
  frame: Frame,
  parts: readonly { readonly to: string; readonly ask: () => Heard }[],
  state: State,
): Heard => {
  const whole: Asked = {
    ...answeredUnder(frame),
    each: true,
    left: new Set(parts.map(({ to }) => to)),
    outcomes: [],
    data: (value) => value,
  }
  const settle = (to: string, outcome: { readonly value: unknown } | { readonly error: object }): Heard => {
    whole.left.delete(to)
    whole.outcomes.push({ to, ...outcome })
    return []
  }
  const heard = parts.flatMap(({ to, ask }) => {
    try {
      return ask().flatMap((each) => {
        if ('say' in each) return settle(to, { value: (each.say[0]?.['payload'] as { data?: unknown } | undefined)?.data })
        const asked = state.asked.get(each.id)
        if (asked) asked.part = { whole, to }
        return [each]
      })
    } catch (thrown) {
      if (!(thrown instanceof TroupeError)) throw thrown
      return settle(to, { error: errorOf(thrown.toJSON()) })
    }
  })
  return whole.left.size > 0 ? heard : [{ say: [together(whole, state)] }]
}

/** Answers at once, from what is in view. */
export const say = (frame: Frame, data: unknown, state: State): Heard => {
  return [{ say: [state.message('response', { status: 'success', data }, state.answerTo(answeredUnder(frame)))] }]
}

/** What a client reports and waits for no answer to. */
export const report = (command: Command | SessionCommand, state: State): Heard => [{ id: state.context.nextId(), command }]
