/** `troupe send`, `ask`, `steer` and `spawn`: what is said to one agent, and a new one. */
import { type Code, TroupeError } from '../../src/errors.js'
import { isFinal } from '../../src/protocol/view.js'
import type { AgentDefinition } from '../../src/system/definition.js'
import { exitCodes } from './exit.js'
import { jsonLine, plain, valueText } from './print.js'
import { type RemoteFlags, visit } from './remote.js'
import { labelOf, lookUpOne } from './target.js'
import { durationOf, messageOf, objectOf } from './values.js'

/** The agent did it, and it went wrong; everything else was no answer. */
const ofTheWork: ReadonlySet<Code> = new Set([
  'FAILED',
  'CRASHED',
  'CANCELLED',
  'KILLED',
  'REJECTED',
  'POLICY',
  'DEPENDENCY_FAILED',
])

export const send = (wanted: string, text: string, flags: RemoteFlags): Promise<void> => {
  const message = messageOf(text)
  const refused: TroupeError[] = []
  return visit(
    flags,
    async (client) => {
      const target = await lookUpOne(client, wanted, { of: ['agent'] })
      client.send(target.id, message)
      // A message is sent and forgotten; what is asked after it is answered after it was refused. The answer itself tells nothing here.
      await client.attention.list({ limit: 1 }).catch(() => {})
      const [error] = refused
      if (error) throw error
      console.log(
        flags.json ? jsonLine({ verb: 'send', id: target.id, message }) : `sent ${plain(message.type)} to ${labelOf(target)}`,
      )
    },
    (error) => void refused.push(error),
  )
}

export const ask = (wanted: string, text: string, flags: RemoteFlags & { readonly timeout?: string }): Promise<void> => {
  const message = messageOf(text)
  const timeout = flags.timeout === undefined ? undefined : durationOf(flags.timeout, '--timeout')
  return visit(flags, async (client) => {
    const target = await lookUpOne(client, wanted, { of: ['agent'] })
    try {
      const value = await client.ask(target.id, message, timeout === undefined ? {} : { timeout })
      const shown = flags.json ? jsonLine({ id: target.id, value }) : valueText(value)
      if (shown !== undefined) console.log(shown)
    } catch (thrown) {
      if (!(thrown instanceof TroupeError) || !ofTheWork.has(thrown.code)) throw thrown
      if (flags.json) console.log(jsonLine({ id: target.id, error: thrown }))
      console.error(`troupe: ${labelOf(target)} failed: ${plain(thrown.message)}`)
      process.exitCode = exitCodes.rejected
    }
  })
}

/** What begins as JSON has to be a message; everything else is text for whoever hears it. */
const steering = (text: string, type: string) => (/^\s*[{["]/.test(text) ? messageOf(text) : { type, text })

export const steer = (wanted: string, text: string, flags: RemoteFlags & { readonly type: string }): Promise<void> => {
  const message = steering(text, flags.type)
  return visit(flags, async (client) => {
    const target = await lookUpOne(client, wanted, { of: ['agent'] })
    const applied = await client
      .agent(target.id)
      .steer(message)
      .catch((thrown: unknown) => {
        if (!(thrown instanceof TroupeError) || thrown.code !== 'NO_HANDLER') throw thrown
        throw new TroupeError('NO_HANDLER', `${thrown.message} Plain text becomes { type, text }; --type says which type.`)
      })
    console.log(
      flags.json
        ? jsonLine({ verb: 'steer', kind: target.kind, name: target.name, ...applied })
        : `steered ${labelOf(target)} with ${plain(message.type)}; it is heard at the next boundary`,
    )
  })
}

export interface SpawnFlags extends RemoteFlags {
  readonly id?: string
  readonly name?: string
  readonly options?: string
}

export const spawn = (definition: string, flags: SpawnFlags): Promise<void> => {
  const { id, name } = flags
  const options = flags.options === undefined ? undefined : objectOf(flags.options, '--options', '{"workspace":"packages/api"}')
  return visit(flags, async (client) => {
    // From afar only the name of a definition is said: the rest of it is where the system runs.
    const ref = client.spawn({ kind: 'agent', name: definition } as AgentDefinition, { id, name, options })
    await ref.ready
    // What may not be looked at is spawned all the same.
    const known = await client.view().then(
      ({ agents }) => agents.get(ref.id),
      () => undefined,
    )
    const { warnings = [] } = known ?? {}
    const target = { kind: 'agent', id: ref.id, name: known?.name ?? name ?? definition, ended: false } as const
    if (flags.json)
      console.log(jsonLine({ verb: 'spawn', kind: 'agent', id: ref.id, name: target.name, state: known?.state, warnings }))
    else console.log(`spawned ${labelOf(target)}`)
    for (const warning of warnings) console.error(`troupe: ${plain(warning)}`)
    if (!known || !isFinal(known.state)) return
    console.error(`troupe: it has stopped already: ${plain(known.error?.message ?? 'no reason is known')}`)
    process.exitCode = exitCodes.rejected
  })
}
