/** A system in which one tenant has something of everything, and its twin in which nobody has anything. */
import { z } from 'zod'
import { agent } from '../../actors/index.js'
import { execute } from '../../bridge/execute.js'
import { type Principal, Rights } from '../../bridge/principal.js'
import type { Command } from '../../src/protocol/command.js'
import type { Outcome } from '../../src/protocol/reply.js'
import type { System } from '../../src/system/system.js'
import { edges } from './commands.js'
import { type QuietSystem, quietSystem, settle } from './quiet.js'

export const greeter = agent('greeter', {
  hears: { greet: { name: z.string() }, wait: {} },
  on: {
    greet: ({ name }) => `hello ${name}`,
    wait: (_, { signal }) => new Promise((done) => signal.addEventListener('abort', done)),
  },
})

export const member = (tenant: string | undefined, more: Partial<Principal> = {}): Principal => ({
  ...{ sub: 'ann', permissions: ['admin'], read: ['#'], write: ['#'], agents: ['*'], tenant },
  ...more,
})

export interface Estate extends QuietSystem {
  run(principal: Principal, command: Command): Promise<Outcome>
}

/** A system whose commands are carried out for anybody. */
export const estate = (): Estate => {
  const quiet = quietSystem()
  quiet.system.define(greeter)
  return { ...quiet, ...served(quiet.system) }
}

/** Carries out the commands of anybody in a system. */
export const served = (system: System): Pick<Estate, 'run' | 'system'> => {
  const around = edges(system)
  const run = (principal: Principal, command: Command) =>
    execute(command, { ...around, system, rights: new Rights(principal), cause: {} })
  return { system, run }
}

/** Gives a tenant one of everything that the samples of commands speak of; answers the ids that cannot be chosen. */
export const furnish = async (
  { run, system }: Pick<Estate, 'run' | 'system'>,
  tenant: string,
): Promise<{ item: string; letter: string }> => {
  const as = member(tenant)
  const given = async (command: Command) => {
    const outcome = await run(as, command)
    if (outcome.receipt !== 'applied') throw new Error(`${command.type}: ${JSON.stringify(outcome)}`)
  }
  await given({ type: 'agent.spawn', definition: 'greeter', id: 'ada' })
  await given({ type: 'external.register', id: 'x1', hears: ['greet'] })
  await given({ type: 'swarm.create', id: 's1', goal: 'the plan of acme', members: [{ id: 'ada' }] })
  await given({ type: 'task.create', id: 't1', to: 's1', message: { type: 'wait' } })
  await given({ type: 'task.approval', id: 'a1', question: 'May acme go on?' })
  await given({ type: 'ballot.propose', id: 'b1', question: 'Well?', choices: ['yes', 'no'], voters: ['ann'] })
  await given({ type: 'schedule.create', id: 'x', to: 'ada', message: { type: 'wait' }, when: { after: 1e9 } })
  await run(as, { type: 'agent.send', to: 'gone', message: { type: 'secret', of: 'acme' } })
  await settle()
  const [item] = [...system.state.attention.values()].filter(({ kind }) => kind === 'approval')
  const [letter] = await system.deadLetters()
  return { item: item?.id ?? '', letter: letter?.id ?? '' }
}

/** What was made up in between, made alike: ids, and how far the journal has come. */
export const alike = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, each: unknown) => (key === 'offset' ? 0 : each)).replaceAll(
      /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
      'made',
    ),
  ) as unknown
