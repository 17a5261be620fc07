import { createSystem, type EventOf, majority, restart } from 'troupe'
import { agent, shell, task } from 'troupe/actors'
import { connect } from 'troupe/client'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'

const reviewer = agent('reviewer', {
  hears: { review: { path: z.string() }, count: {} },
  says: { reviewed: { verdict: z.enum(['pass', 'fail']) } },
  options: z.object({ strict: z.boolean() }),
  state: () => ({ seen: 0 }),
  on: {
    async review({ path }, { say, state, options }) {
      expectTypeOf(path).toEqualTypeOf<string>()
      expectTypeOf(state).toEqualTypeOf<{ seen: number }>()
      expectTypeOf(options).toEqualTypeOf<{ strict: boolean }>()
      say({ type: 'reviewed', verdict: 'pass' })
      // @ts-expect-error it does not say this
      say({ type: 'reviewed', verdict: 'perhaps' })
      return 'pass' as const
    },
    count: (_, { state }) => state.seen,
    ballot(ballot, { vote }) {
      expectTypeOf(ballot.choices).toEqualTypeOf<readonly string[]>()
      vote('yes')
    },
  },
})

const system = createSystem()
const remote = connect('ws://localhost', {})

describe.each([{ stage: system }, { stage: remote }])('a stage', ({ stage }) => {
  const ada = stage.spawn(reviewer, { id: 'ada', options: { strict: true }, onFailure: restart() })

  it('takes only messages that the agent hears', () => {
    ada.send({ type: 'review', path: 'x' })
    // @ts-expect-error a typo in the type
    ada.send({ type: 'reveiw', path: 'x' })
    // @ts-expect-error a field of another type
    ada.send({ type: 'review', path: 1 })
    // @ts-expect-error a field is missing
    ada.send({ type: 'review' })
    // @ts-expect-error the options are not those of the definition
    stage.spawn(reviewer, { options: { strict: 'yes' } })
  })

  it('knows what is answered', () => {
    expectTypeOf(ada.ask({ type: 'review', path: 'x' })).resolves.toEqualTypeOf<'pass'>()
    expectTypeOf(ada.ask({ type: 'count' })).resolves.toEqualTypeOf<number>()
    const review = stage.spawn(task({ to: ada, message: { type: 'review', path: 'x' } }))
    expectTypeOf(review.result()).resolves.toEqualTypeOf<'pass'>()
    // @ts-expect-error the agent does not hear this
    task({ to: ada, message: { type: 'sing' } })
    // @ts-expect-error no such priority
    task({ to: ada, message: { type: 'count' }, priority: 'urgent' })
    const run = stage.spawn(task({ to: stage.spawn(shell), message: { type: 'run', command: 'true' } }))
    expectTypeOf(run.result()).resolves.toHaveProperty('exitCode')
  })

  it('delivers the events of a pattern, and knows a pattern that can deliver none', () => {
    stage.channel('agent.*.status').subscribe((event) => expectTypeOf(event).toEqualTypeOf<EventOf<'agent.status'>>())
    stage.channel('task.t9.output').subscribe((event) => expectTypeOf(event.data).toEqualTypeOf<string>())
    stage.channel('team.blue').subscribe((event) => expectTypeOf(event).toEqualTypeOf<EventOf<'message'>>())
    stage
      .channel('task.#')
      .subscribe((event) => expectTypeOf(event.type).extract<'task.status' | 'task.output'>().not.toBeNever())
    const wanted: string = 'chosen at run time'
    stage.channel(wanted)
    // @ts-expect-error a typo in what
    stage.channel('agent.*.stauts')
    // @ts-expect-error an empty segment
    stage.channel('agent..status')
    // @ts-expect-error a wildcard within a segment
    stage.channel('team.b*')
    // @ts-expect-error a blank
    stage.channel('team blue')
    // @ts-expect-error one segment too many
    stage.channel('task.*.output.more')
  })

  it('decides for one of the choices', () => {
    const ballot = stage.propose('Merge?', { voters: [ada], choices: ['merge', 'hold'], rule: majority() })
    expectTypeOf(ballot.result()).resolves.toHaveProperty('decision').toEqualTypeOf<'merge' | 'hold' | null>()
    ballot.vote(ada, 'merge')
    // @ts-expect-error no such choice
    ballot.vote(ada, 'merg')
  })
})

describe('a definition', () => {
  it('needs a handler for all that it hears', () => {
    // @ts-expect-error on.b is missing
    agent('half', { hears: { a: {}, b: {} }, on: { a: () => {} } })
    agent('wrong', {
      hears: { a: { n: z.number() } },
      // @ts-expect-error there is no such field
      on: { a: ({ m }) => m },
    })
  })
})
