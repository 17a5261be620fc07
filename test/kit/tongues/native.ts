/** Troupe's own protocol, every command of it. */
import fc from 'fast-check'
import { native } from '../../../bridge/dialects/native/index.js'
import type { Dialect } from '../../../bridge/index.js'
import { commands } from '../../../src/protocol/command.js'
import { sessionCommands } from '../../../src/protocol/session.js'
import { messagesOf } from '../arbitrary.js'
import { said as nameOf, type Spoken, strangeIn } from '../asyncapi.js'
import { pools } from '../turmoil.js'
import { counted, once, type Shape, type Tongue, typed } from './tongue.js'

const nativeWords = [
  ...Object.entries(commands),
  ...Object.entries(sessionCommands).flatMap(([type, schema]) =>
    /close|batch/.test(type) ? [] : [[type.replace('session.', ''), schema] as const],
  ),
]
const nativeFrame = fc
  .tuple(
    fc.oneof(
      ...nativeWords.map(([type, schema]) => messagesOf(schema, pools).map(({ type: _, ...payload }) => ({ type, payload }))),
    ),
    fc.record(
      { ttl: fc.constantFrom(1, 100, 1e300), key: fc.constantFrom('k1', 'k2'), correlationId: fc.constant('c') },
      { requiredKeys: [] },
    ),
  )
  .map(([frame, more]): Shape => ({ ...frame, ...more }))
/** What says that it is not for a batch is refused there, though it is not answered by itself. */
const batched = ({ type }: Shape): boolean => type !== 'ack'
const ends = new Set(['reply', 'error', 'pong', 'welcome'])

export const nativeTongue: Tongue = {
  name: 'native',
  dialect: native as Dialect,
  hello: (token) => ({ type: 'hello', payload: { token } }),
  listen: [{ type: 'subscribe', payload: { patterns: ['#'] } }],
  frames: fc.oneof(
    { weight: 12, arbitrary: nativeFrame },
    {
      weight: 1,
      arbitrary: fc
        .array(nativeFrame.filter(batched), { minLength: 1, maxLength: 3 })
        .map((frames) => ({ type: 'batch', payload: { frames } })),
    },
  ),
  misfit(frame, asked) {
    const known = nameOf(frame as unknown as Spoken, asked as unknown as readonly Spoken[])
    // What had no word that could be read is refused as anything is.
    const name = known ?? (frame['type'] === 'error' ? 'answer.error' : undefined)
    const faults = name === undefined ? `There is no word ${String(frame['type'])} here.` : strangeIn(name, frame)
    return JSON.stringify(faults) === '[]' ? undefined : faults
  },
  unanswered(said, heard) {
    const answers = counted(
      heard.filter(({ type, channel }) => channel === undefined && ends.has(String(type))),
      (frame) => frame['correlationId'],
    )
    return once(said, ({ id }) => answers(id), new Set(['pong', 'ack']))
  },
  isRefusal: typed('error'),
}
