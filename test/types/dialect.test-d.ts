import type { EventOf } from 'troupe'
import { createSystem } from 'troupe'
import { configurable, type Dialect, dialects, type OpenContext, openBridge } from 'troupe/bridge'
import { agentcraft } from 'troupe/dialects/agentcraft'
import { native } from 'troupe/dialects/native'
import { type OnsemblOptions, onsembl } from 'troupe/dialects/onsembl'
import { describe, expectTypeOf, it } from 'vitest'
import { lantern } from '../../examples/own-dialect/lantern.js'

/** What one connection remembers: of a shape that no other dialect has. */
interface Memory {
  readonly context: OpenContext
  heard: number
}

const seventh: Dialect<Memory> = {
  name: 'seventh',
  subprotocols: { 'seventh.v1': 'msgpack' },
  paths: ['/seventh/:room'],
  open: (context) => ({ context, heard: 0 }),
  greet: ({ context }) => [{ room: context.params['room'] }],
  hear(frame, memory) {
    memory.heard++
    if (frame['ask'] === 'agents') return [{ say: [{ agents: memory.context.view.agents().length }] }]
    return [{ id: String(memory.heard), command: { type: 'agent.send', to: 'ada', message: { type: 'greet' } } }]
  },
  answer: (request, answer) => [{ to: request.id, receipt: answer.receipt }],
  refuse: (failure, id) => [{ to: id, wrong: failure.message }],
  say: ({ event }) => (event.type === 'agent.status' ? [{ agent: event.id, state: event.state }] : []),
  shared: () => true,
  tell: ({ type }, { heard }) => [{ type, heard }],
}
const { say: _say, ...speechless } = seventh
const { shared: _shared, ...selfish } = seventh
const system = createSystem()

describe('a seventh dialect', () => {
  it('is spoken beside any others, whatever each of them remembers', () => {
    expectTypeOf(openBridge).toBeCallableWith(system, { dialects: [...dialects, seventh] })
    expectTypeOf(openBridge).toBeCallableWith(system, { dialects: [native, agentcraft, lantern, seventh] })
    expectTypeOf(seventh).toExtend<Dialect>()
  })

  it('may be one that takes options', () => {
    const made = configurable(({ paths = ['/seventh'] }: { readonly paths?: readonly string[] }) => ({ ...seventh, paths }), {})
    expectTypeOf(openBridge).toBeCallableWith(system, { dialects: [made, made({ paths: ['/7'] })] })
    // @ts-expect-error there is no such option
    made({ path: '/7' })
    // @ts-expect-error nor is there for those that are there
    onsembl({ path: '/dash' })
    expectTypeOf(onsembl).parameter(0).toEqualTypeOf<OnsemblOptions | undefined>()
  })

  it('knows the events that it says', () => {
    const dialect: Dialect<Memory> = {
      ...seventh,
      say({ event }) {
        if (event.type !== 'task.output') return []
        expectTypeOf(event).toEqualTypeOf<EventOf<'task.output'>>()
        return [{ text: event.data }]
      },
    }
    expectTypeOf(dialect.open).returns.toEqualTypeOf<Memory>()
  })
})

describe('what is no dialect', () => {
  it('lacks something that every dialect has', () => {
    // @ts-expect-error say is missing
    void openBridge(system, { dialects: [speechless] })
    // @ts-expect-error whether its frames are the same for all is not said
    void openBridge(system, { dialects: [...dialects, selfish] })
  })

  it('makes of a frame what is no command', () => {
    const wrong: Dialect<Memory>['hear'][] = [
      // @ts-expect-error there is no such command
      () => [{ id: '1', command: { type: 'agent.dance' } }],
      // @ts-expect-error a field of it is missing
      () => [{ id: '1', command: { type: 'task.create', to: 'ada' } }],
      // @ts-expect-error it would be answered to nobody
      () => [{ command: { type: 'session.ping' } }],
      // @ts-expect-error a frame is an object
      () => [{ say: ['hello'] }],
    ]
    expectTypeOf(wrong).not.toBeAny()
  })

  it('remembers something else than it says, or answers with no frames', () => {
    const forgetful: Dialect<Memory> = {
      ...seventh,
      // @ts-expect-error it remembers a Memory
      open: () => 'nothing',
      // @ts-expect-error frames are a list
      greet: () => ({ hello: true }),
    }
    expectTypeOf(forgetful).not.toBeAny()
  })
})
