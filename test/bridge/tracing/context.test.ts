/** What users open themselves, beside the spans that are opened for them. */
import { context, trace } from '@opentelemetry/api'
import { agent, shell, task } from 'troupe/actors'
import { describe, expect, it } from 'vitest'
import { followContext, idOf, parentOf, stand } from '../../kit/tracing.js'

describe('what is active', () => {
  it('in a client is what its commands belong to', async () => {
    followContext()
    const { remote, named, telemetry } = await stand()
    const root = telemetry.startSpan('root')
    await context.with(trace.setSpan(context.active(), root), () => remote.view())
    expect(named('view.get').map(parentOf)).toContain(root.spanContext().spanId)
  })

  it('in a handler is its task, and a span of its own belongs to that', async () => {
    followContext()
    const { system, named, telemetry } = await stand()
    const opener = agent('opener', {
      hears: { go: {} },
      on: {
        async go(_, { span }) {
          const mine = span('mine', { files: 3 })
          await Promise.resolve()
          telemetry.startSpan('theirs').end()
          mine.end()
        },
      },
    })
    const near = system.spawn(opener, { id: 'near' })
    await system.spawn(task({ to: near, message: { type: 'go' } })).result()
    const [work] = named('task go')
    expect([...named('mine'), ...named('theirs')].map(parentOf)).toEqual([idOf(work), idOf(work)])
    expect(named('mine')[0]?.attributes).toMatchObject({ files: 3, 'troupe.agent.id': 'near' })
  })
})

describe('an agent elsewhere', () => {
  it('goes on with the trace of its task, and is told of it', async () => {
    const { remote, named } = await stand([shell])
    const told: (string | undefined)[] = []
    await remote.register({ id: 'far', hears: ['go'] }, ({ cause }) => void told.push(cause?.traceparent)).ready
    await remote.spawn(task({ to: 'far', message: { type: 'go' } })).result()
    const [work] = named('task go')
    const [far] = named('work go')
    expect(parentOf(far)).toBe(idOf(work))
    expect(told).toEqual([`00-${work?.spanContext().traceId}-${idOf(far)}-01`])
  })
})
