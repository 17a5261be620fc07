/** What tests of sessions say again and again. */
import type { Bench } from './socket.js'

/** One connection of a bench. */
export type Open = ReturnType<Bench['open']>

/** A connection that has said hello and was welcomed. */
export const welcomed = async (at: Bench, payload: object = {}, options: Parameters<Bench['open']>[0] = {}) => {
  const open = at.open(options)
  open.say('hello', payload)
  const welcome = await open.wire.until((frame) => frame.type === 'welcome')
  return { ...open, session: String(welcome.payload['session']) }
}

export const publish = (at: Bench, topic: string, body: unknown) => at.system.channel(topic).publish(body)

/** The bodies of the messages that a connection was sent. */
export const bodies = ({ wire }: Pick<Open, 'wire'>) => wire.ofType('message').map((frame) => frame.payload['body'])

/** Where the journal stands. */
export const cursorOf = (at: Bench) => ({ epoch: at.system.journal.epoch, offset: at.system.journal.head })
