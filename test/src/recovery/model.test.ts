/**
 * A system is told anything at any time, and killed or suspended at any moment, also while it comes back: what has to hold holds.
 *
 * One seed is one story; a failure names it. `TROUPE_MODEL=<first seed>,<stories>,<steps>` tells others, of any length.
 */
import { describe, expect, it } from 'vitest'
import { settle } from '../../kit/quiet.js'
import { command, release } from './model/commands.js'
import { judge, judgeEnd } from './model/judge.js'
import { createWorld, type Life, type World } from './model/world.js'

const [first = 1, stories = 30, steps = 120] = (process.env['TROUPE_MODEL'] ?? '').split(',').filter(Boolean).map(Number)
/** Rounds in which what was begun ends: one thing needs the other. */
const rounds = 12

/** Killed, or suspended and maybe killed while it is; the next life, which may be killed while it begins. */
const another = async (world: World, life: Life): Promise<Life> => {
  const { random, pick, story } = world
  if (random() < 0.3) {
    const suspended = life.system.suspend({ grace: pick([0, 50, 500]) ?? 0 })
    for (let step = 0; step < 4; step++) {
      if (random() < 0.5) command(world, life)
      await life.clock.advance(pick([5, 200]) ?? 0)
    }
    if (random() < 0.7) {
      await life.clock.advance(11_000)
      await suspended
      await life.system.journal.close()
      story.push('SUSPENDED')
    }
  }
  for (let next = life; ; ) {
    next.kill()
    story.push('KILLED')
    await settle()
    next = await world.begin()
    if (random() < 0.8) return next
    next.system.recover(next.definitions).catch(() => {})
    for (let turns = Math.floor(random() * 6); turns > 0; turns--) await Promise.resolve()
    if (random() < 0.5) await settle()
  }
}

const tell = async (seed: number): Promise<readonly string[]> => {
  const world = createWorld(seed)
  const { random, pick, story } = world
  let life = await world.begin()
  const [common] = life.definitions
  if (!common) throw new Error('there is nobody')
  for (const id of ['a0', 'a1']) await life.system.spawn(common, { id }).ready
  await life.system.journal.committed()
  let waiting: (() => void)[] = []
  const where = (wrong: readonly string[]) => wrong.map((each) => `seed ${seed}, ${story.slice(-8).join(' ')}: ${each}`)
  for (let step = 0; step < steps; step++) {
    const done = command(world, life)
    if (done) waiting.push(done)
    const what = random()
    if (what < 0.35) await life.clock.advance(pick([0, 1, 7, 60, 400]) ?? 0)
    else if (what < 0.55) await settle()
    else if (what < 0.75) {
      const acknowledged = waiting.splice(0)
      await life.system.journal.committed()
      for (const each of acknowledged) each()
    }
    if (random() > 0.06) continue
    waiting = []
    life = await another(world, life)
    const { aside } = await life.system.recover(life.definitions)
    await settle()
    const wrong = [
      ...aside.map(({ kind, id, reason }) => `${kind} ${id} was set aside: ${reason}`),
      ...(await judge(world, life)),
    ]
    if (wrong.length > 0) return where(wrong)
    if (random() < 0.3) await life.clock.advance(40_000)
  }
  for (let round = 0; round < rounds; round++) await release(life)
  const wrong = where(await judgeEnd(world, life))
  life.kill()
  return wrong
}

describe('what lives on one disk', () => {
  it.each(Array.from({ length: stories }, (_, at) => first + at))(
    'is as it was promised, in the story of seed %i',
    async (seed) => {
      expect(await tell(seed)).toEqual([])
    },
  )
})
