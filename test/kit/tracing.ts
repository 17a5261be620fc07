/** A system and a client that are traced with the SDK of OpenTelemetry, and what it recorded. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, type ContextManager, context, ROOT_CONTEXT } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { connect } from 'troupe/client'
import { openTelemetry } from 'troupe/tracing'
import type { BridgeOptions } from '../../bridge/index.js'
import { open, setUp } from './world.js'

export const recording = () => {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  open.push(() => provider.shutdown())
  const telemetry = provider.getTracer('test')
  return { exporter, telemetry, tracer: openTelemetry(telemetry) }
}

/** The id of the span that it is a part of. */
export const parentOf = (span: ReadableSpan | undefined): string | undefined => span?.parentSpanContext?.spanId
export const idOf = (span: ReadableSpan | undefined): string | undefined => span?.spanContext().spanId

/** `spawnable`: what a client may spawn. */
export const stand = async (spawnable: NonNullable<BridgeOptions['spawnable']> = []) => {
  const recorded = recording()
  const { exporter, tracer } = recorded
  const world = await setUp({ spawnable }, { tracer })
  const remote = connect(world.bridge.url, { token: () => world.token({ agents: ['*'] }), tracer })
  open.push(() => remote.stop())
  const named = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name)
  return { ...world, ...recorded, remote, named }
}

/** Lets what is active be followed through promises, as the SDK for Node does. */
export const followContext = (): void => {
  const storage = new AsyncLocalStorage<Context>()
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, run, self, ...args) => storage.run(active, () => run.call(self as ThisParameterType<typeof run>, ...args)),
    bind: (_, target) => target,
    enable: () => manager,
    disable: () => manager,
  }
  context.setGlobalContextManager(manager)
  open.push(async () => context.disable())
}
