/** Runs an agent here that lives in a distant system. */
import type { Client } from '../../src/client/client.js'
import type { Delivery, Registered } from '../../src/client/works.js'
import { TroupeError } from '../../src/errors.js'
import type { AgentDefinition, Results, Shapes, SpawnOptions } from '../../src/system/definition.js'
import { restart } from '../../src/system/strategy.js'
import { createSystem } from '../../src/system/system.js'
import { task } from '../task/define.js'

/** Options of `serve`: those of `spawn`, with the id that the token may speak as. */
export interface ServeOptions<O> extends Pick<SpawnOptions<O>, 'name' | 'options' | 'concurrency' | 'capabilities' | 'metadata'> {
  readonly id: string
}

/**
 * Works as an agent of a distant system with a definition of one's own: its handlers run in this process, its messages and tasks come
 * from there, and what it says, prints and returns goes there. Supervision is the distant system's: a handler that throws crashes the
 * agent there. Ends with `unregister()`, or with the client.
 *
 * @example
 * const remote = connect(url, { token })
 * const ada = serve(remote, reviewer, { id: 'ada' })
 */
export const serve = <H extends Shapes, S extends Shapes, R extends Results, O>(
  client: Pick<Client, 'register'>,
  definition: AgentDefinition<H, S, R, O>,
  { id, options, ...shown }: ServeOptions<NoInfer<O>>,
): Registered => {
  const local = createSystem({ onError: () => {} })
  const { concurrency = definition.concurrency } = shown
  // How often it may crash is decided where it lives.
  const agent = local.spawn(definition, { id, options, concurrency, onFailure: restart({ times: Number.MAX_SAFE_INTEGER }) })
  const registered = client.register(
    {
      id,
      definition: definition.name,
      hears: Object.keys(definition.hears),
      says: Object.keys(definition.says),
      concurrency,
      capabilities: shown.capabilities ?? definition.capabilities,
      name: shown.name,
      metadata: shown.metadata,
    },
    (delivery) => work(delivery),
  )
  const work = (delivery: Delivery): Promise<unknown> => {
    const job = local.spawn(task({ to: id, message: delivery.message, priority: delivery.priority }))
    const stop = local.listen(`task.${job.id}.*`, ({ event }) => {
      if (event.type === 'task.output') delivery.output(event.data, event.stream)
      else if (event.type === 'task.progress') delivery.progress(event.progress, event.note)
    })
    const cancel = () => void job.cancel().catch(() => {})
    delivery.signal.addEventListener('abort', cancel, { once: true })
    delivery.onPause(
      () => void job.pause().catch(() => {}),
      () => void job.resume().catch(() => {}),
    )
    return job.result().finally(() => {
      stop()
      delivery.signal.removeEventListener('abort', cancel)
    })
  }
  const stopSaying = local.listen(`agent.${id}.*`, ({ event }) => {
    if (event.type === 'agent.said') void registered.say(event.message).catch(() => {})
    else if (event.type === 'agent.activity') void registered.activity(event.activity).catch(() => {})
  })
  const end = () => {
    stopSaying()
    return local.stop({ grace: 0 })
  }
  void registered.ended.then(end)
  agent.ready.catch((error: unknown) => {
    const why = error instanceof TroupeError ? error.message : String(error)
    return registered.unregister(`it could not be started where it runs: ${why}`)
  })
  return registered
}
