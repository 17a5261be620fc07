/** One trace from what a client asks to what another is told, with the SDK of OpenTelemetry. */
import { SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { agent, shell, task } from 'troupe/actors'
import { connect } from 'troupe/client'
import { openTelemetry } from 'troupe/tracing'
import { describe, expect, it } from 'vitest'
import type { Envelope } from '../../../src/protocol/envelope.js'
import { idOf, parentOf, recording, stand } from '../../kit/tracing.js'
import { open, setUp } from '../../kit/world.js'

/** Takes what it is sent on to another. */
const runner = agent('runner', {
  hears: { go: {}, fail: {} },
  on: {
    go: async (_, { stage }) =>
      stage.spawn(task({ to: 'sh', message: { type: 'run', command: 'echo "$TRACEPARENT"' } })).result(),
    fail: (_, { fail }) => fail('a secret that is nobody’s business'),
  },
})

describe('a trace', () => {
  it('leads from the client’s command through the bridge, the task and its process to the event that a client is told', async () => {
    const { remote, exporter, named } = await stand([shell, runner])
    await remote.spawn(shell, { id: 'sh' }).ready
    const told: Envelope[] = []
    remote.channel('task.#').envelopes.subscribe((envelope) => told.push(envelope))
    const created = remote.spawn(task({ to: 'sh', message: { type: 'run', command: 'echo "$TRACEPARENT"' } }))
    await created.result()
    const [asked, served] = named('task.create')
      .sort((a, b) => a.kind - b.kind)
      .reverse()
    const [work] = named('task run')
    const [process] = named('process')
    expect(new Set([asked, served, work, process].map((span) => span?.spanContext().traceId)).size).toBe(1)
    expect([served, work, process].map(parentOf)).toEqual([asked, served, work].map(idOf))
    expect(process?.attributes).toMatchObject({ 'process.exit.code': 0, 'troupe.agent.id': 'sh' })
    expect(work?.attributes).toMatchObject({ 'troupe.task.id': created.id, 'troupe.task.state': 'completed' })
    expect(work?.events.map(({ name }) => name)).toEqual(['queued', 'assigned', 'running', 'completed'])
    const within = (span: ReadableSpan | undefined) => `00-${span?.spanContext().traceId}-${idOf(span)}-01`
    const printed = told.flatMap(({ event }) => (event.type === 'task.output' ? [event.data] : [])).join('')
    expect(printed.trim()).toBe(within(process))
    expect(new Set(told.map(({ cause }) => cause?.traceparent))).toEqual(new Set([within(work)]))
    expect(exporter.getFinishedSpans().filter((span) => span.name === 'task run')).toHaveLength(1)
  })

  it('goes on through the handler of an agent to what it has others do', async () => {
    const { remote, named } = await stand([shell, runner])
    await Promise.all([remote.spawn(shell, { id: 'sh' }).ready, remote.spawn(runner, { id: 'ada' }).ready])
    await remote.agent('ada').ask({ type: 'go' } as never)
    const [served] = named('agent.ask').filter(({ parentSpanContext }) => parentSpanContext?.isRemote)
    const [handled] = named('handle go')
    const [work] = named('task run')
    expect([handled, work].map(parentOf)).toEqual([served, handled].map(idOf))
  })

  it('tells of a failure its code and no more', async () => {
    const { remote, named } = await stand([shell, runner])
    await remote.spawn(runner, { id: 'ada' }).ready
    const failing = remote.spawn(task({ to: 'ada', message: { type: 'fail' } as never, retries: 1, backoff: [1, 2] }))
    await expect(failing.result()).rejects.toMatchObject({ code: 'FAILED' })
    const [work] = named('task fail')
    expect(work?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'FAILED' })
    expect(work?.attributes).toMatchObject({ 'troupe.task.attempts': 2, 'error.type': 'FAILED' })
    expect(work?.events.map(({ name }) => name)).toEqual(expect.arrayContaining(['crashed', 'failed']))
    expect(JSON.stringify([work?.attributes, work?.events])).not.toContain('secret')
  })

  it('that comes from elsewhere goes on, and what is none is not read', async () => {
    const { welcome, named } = await stand([shell, runner])
    const one = await welcome()
    const came = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    for (const traceparent of [came, 'nonsense', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`]) {
      one.socket.send(JSON.stringify({ id: `r-${traceparent}`, type: 'view.get', payload: {}, metadata: { traceparent } }))
      await one.until(({ type, correlationId }) => type === 'reply' && correlationId === `r-${traceparent}`)
    }
    const [first, second, third] = named('view.get')
    expect([first?.spanContext().traceId, parentOf(first)]).toEqual([came.slice(3, 35), came.slice(36, 52)])
    expect([second, third].map(parentOf)).toEqual([undefined, undefined])
  })

  it('costs nobody their work when who traces fails', async () => {
    const broken = () => {
      throw new Error('no spans today')
    }
    const { bridge, token, errors } = await setUp({ spawnable: [shell] }, { tracer: { begin: broken, within: broken } })
    const remote = connect(bridge.url, { token: () => token(), tracer: { begin: broken, within: broken }, onError: () => {} })
    open.push(() => remote.stop())
    await remote.spawn(shell, { id: 'sh' }).ready
    await expect(remote.spawn(task({ to: 'sh', message: { type: 'run', command: 'true' } })).result()).resolves.toMatchObject({
      exitCode: 0,
    })
    expect(errors.list).toEqual(['the tracer: no spans today'])
  })

  it('of parts of a task, of which each belongs to the whole', async () => {
    const { tracer, exporter } = recording()
    const { system } = await setUp({}, { tracer })
    const whole = agent('whole', {
      hears: { both: {}, part: {} },
      on: {
        async both(_, { subtask, id }) {
          await subtask(task({ to: id, message: { type: 'part' } as never })).ready
        },
        part: () => 'done',
      },
    })
    system.spawn(whole, { id: 'ada', concurrency: 2 })
    await system.spawn(task({ to: 'ada', message: { type: 'both' } as never })).result()
    const spans = exporter.getFinishedSpans()
    const [part, both] = ['task part', 'task both'].map((name) => spans.find((span) => span.name === name))
    expect(parentOf(part)).toBe(idOf(both))
    expect(parentOf(both)).toBeUndefined()
  })
})

describe('without a provider', () => {
  it('nothing is begun, and what a client says of its trace is handed on', async () => {
    const { welcome } = await setUp({ spawnable: [shell] }, { tracer: openTelemetry() })
    const one = await welcome()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'
    await one.ask('subscribe', { patterns: ['agent.#'] })
    one.socket.send(
      JSON.stringify({ id: 'r1', type: 'agent.spawn', payload: { definition: 'shell' }, metadata: { traceparent } }),
    )
    const spawned = await one.until(({ type }) => type === 'agent.spawned')
    expect(spawned).toMatchObject({ metadata: { traceparent } })
    await one.ask('agent.spawn', { definition: 'shell', id: 'other' })
    const { metadata } = await one.until(({ type, payload }) => type === 'agent.spawned' && payload?.['id'] === 'other')
    expect(metadata?.['traceparent']).toBeUndefined()
  })
})
