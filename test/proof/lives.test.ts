/** What is promised over many lives: a seeded system is killed in the middle again and again, and goes on. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent } from '../../actors/agent/define.js'
import { swarm } from '../../actors/swarm/define.js'
import { task } from '../../actors/task/define.js'
import { createSeededIds } from '../../src/ids.js'
import { isFinal } from '../../src/protocol/view.js'
import type { System } from '../../src/system/system.js'
import { createLives, type Life } from '../kit/mortal.js'
import { settle } from '../kit/quiet.js'

const kills = 12

const world = (seed: number) => {
  const begun = new Map<string, number>()
  const ended = new Map<string, number>()
  const { random } = createSeededIds(seed, () => 0)
  const upTo = (most: number) => Math.floor(random() * most)
  const worker = agent('worker', {
    hears: { nap: { ms: z.number(), name: z.string() } },
    on: {
      async nap({ ms, name }, { sleep }) {
        begun.set(name, (begun.get(name) ?? 0) + 1)
        await sleep(ms)
        return name
      },
    },
  })
  return { begun, ended, upTo, worker }
}
type World = ReturnType<typeof world>

/** What can be asked for, by chance. */
const ask = ({ upTo, worker }: World, system: System, count: { tasks: number }) => {
  const agents = [...system.state.agents.values()].filter(({ state }) => !isFinal(state))
  if (agents.length < 3) return void system.spawn(worker, { id: `a${system.state.agents.size}`, concurrency: 1 + upTo(2) })
  const swarms = [...system.state.swarms.values()].filter(({ state }) => !isFinal(state))
  if (swarms.length === 0)
    return void system.spawn(swarm({ id: 's', goal: 'x', topology: 'mesh', members: agents.map(({ id }) => id) }))
  const to = upTo(3) === 0 ? 's' : (agents[upTo(agents.length)]?.id ?? 's')
  const open = [...system.state.tasks.values()]
  const name = `t${count.tasks++}`
  const needs = open.length > 0 && upTo(3) === 0 ? [open[upTo(open.length)]?.id ?? name] : []
  const once = upTo(4) === 0
  const common = { id: name, to, message: { type: 'nap', ms: 1 + upTo(400), name }, needs, evenIfNeedsFail: true }
  system.spawn(task({ ...common, once, ...(once ? {} : { retries: 100, backoff: [1, 20] as const }) }))
  if (upTo(6) === 0)
    void system
      .task(name)
      .pause()
      .catch(() => {})
}

const live = async (one: World, { system, clock }: Life, count: { tasks: number }) => {
  for (let step = one.upTo(25); step >= 0; step--) {
    ask(one, system, count)
    const held = [...system.state.tasks.values()].find(({ state }) => state === 'paused')
    if (held && one.upTo(2) === 0)
      await system
        .task(held.id)
        .resume()
        .catch(() => {})
    await clock.advance(one.upTo(60))
  }
}

const finish = async ({ system, clock }: Life) => {
  for (let round = 0; round < 400; round++) {
    const open = [...system.state.tasks.values()].filter(({ state }) => !isFinal(state))
    if (open.length === 0) return
    for (const { id } of open)
      await system
        .task(id)
        .resume()
        .catch(() => {})
    await clock.advance(500)
  }
}

describe('a system that is killed again and again', () => {
  for (const seed of [1, 2, 3, 4, 5, 6])
    it(`loses no task and does none twice that is done once, by seed ${seed}`, async () => {
      const one = world(seed)
      const lives = createLives()
      const count = { tasks: 0 }
      for (let at = 0; at < kills; at++) {
        const life = lives.begin(one.upTo(5_000))
        const { aside } = await life.system.recover([one.worker])
        expect(aside).toEqual([])
        await live(one, life, count)
        life.kill()
      }
      const last = lives.begin()
      await last.system.recover([one.worker])
      await finish(last)
      const tasks = [...last.system.state.tasks.values()]
      expect(tasks.map(({ id }) => id).sort()).toEqual(Array.from({ length: count.tasks }, (_, at) => `t${at}`).sort())
      expect(tasks.filter(({ state }) => !isFinal(state)).map(({ id, state }) => `${id} ${state}`)).toEqual([])
      const once = tasks.filter(({ retries }) => retries === 0)
      expect(once.length).toBeGreaterThan(0)
      for (const { id, state, attempt } of tasks) {
        const times = one.begun.get(id) ?? 0
        if (once.some((each) => each.id === id)) expect({ id, times: times <= 1 }).toEqual({ id, times: true })
        else expect({ id, state }).toEqual({ id, state: 'completed' })
        expect(attempt).toBeGreaterThanOrEqual(Math.min(1, times))
      }
      expect(last.system.state.swarms.get('s')).toMatchObject({ phase: 'completed', progress: 100 })
      await settle()
      expect(last.errors).toEqual([])
    })
})
