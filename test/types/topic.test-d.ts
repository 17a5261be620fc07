import type { EventOf } from 'troupe'
import { describe, expectTypeOf, it } from 'vitest'
import type { Event } from '../../src/protocol/event.js'
import type { EventFor, PatternOf } from '../../src/protocol/topic-of.js'

describe('the events of a pattern', () => {
  it('are those of its topic, whatever stands for the id', () => {
    expectTypeOf<EventFor<'agent.*.status'>>().toEqualTypeOf<EventOf<'agent.status'>>()
    expectTypeOf<EventFor<'agent.ada.status'>>().toEqualTypeOf<EventOf<'agent.status'>>()
    expectTypeOf<EventFor<'*.t9.output'>>().toEqualTypeOf<EventOf<'agent.output' | 'task.output' | 'message'>>()
    expectTypeOf<EventFor<'system.dead-letter'>>().toEqualTypeOf<EventOf<'system.dead-letter'>>()
  })

  it('are all of a domain under #, and nothing of another', () => {
    type OfTasks = EventOf<
      'task.created' | 'task.status' | 'task.updated' | 'task.forgotten' | 'task.progress' | 'task.approval' | 'task.output'
    >
    expectTypeOf<EventFor<'task.#'>>().toEqualTypeOf<OfTasks>()
    expectTypeOf<EventFor<'task.t9.#'>>().toEqualTypeOf<OfTasks>()
    expectTypeOf<EventFor<'ballot.#.status'>>().toEqualTypeOf<EventOf<'ballot.status'>>()
    expectTypeOf<EventFor<'#'>>().toEqualTypeOf<Event>()
  })

  it('are messages in the domains of the user', () => {
    expectTypeOf<EventFor<'team.blue'>>().toEqualTypeOf<EventOf<'message'>>()
    expectTypeOf<EventFor<'team.#'>>().toEqualTypeOf<EventOf<'message'>>()
  })

  it('may be any when the pattern is known only at run time', () => {
    expectTypeOf<EventFor<string>>().toEqualTypeOf<Event>()
    expectTypeOf<PatternOf<string>>().toEqualTypeOf<string>()
  })
})

describe('a pattern', () => {
  it('is itself when it can deliver something', () => {
    expectTypeOf<PatternOf<'agent.*.status'>>().toEqualTypeOf<'agent.*.status'>()
  })

  it('is never when it can deliver nothing, or is none', () => {
    expectTypeOf<PatternOf<'agent.*.stauts'>>().toBeNever()
    expectTypeOf<PatternOf<'agent.*.status.more'>>().toBeNever()
    expectTypeOf<PatternOf<'agent..x'>>().toBeNever()
    expectTypeOf<PatternOf<'team.'>>().toBeNever()
    expectTypeOf<PatternOf<'a b'>>().toBeNever()
    expectTypeOf<PatternOf<'agent.x#'>>().toBeNever()
    expectTypeOf<PatternOf<'team.b*'>>().toBeNever()
  })
})
