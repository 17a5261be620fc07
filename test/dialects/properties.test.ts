/** What holds for every protocol whatever its clients say, and whatever happens meanwhile. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mutated, noise } from '../kit/arbitrary.js'
import { tongues } from '../kit/tongues/all.js'
import { nativeTongue } from '../kit/tongues/native.js'
import type { Shape } from '../kit/tongues/tongue.js'
import { happen, happening, principals, type Turmoil, turmoil } from '../kit/turmoil.js'
import { visitor } from '../kit/visitor.js'

/** How often each is tried: `RUNS=1000 npx vitest run test/dialects/properties.test.ts --testTimeout 600000` looks for longer. */
const numRuns = Number(process.env['RUNS'] ?? 20)

type Step = { readonly say: Shape } | { readonly happens: string } | { readonly passes: number }

const happens = happening.map((name): Step => ({ happens: name }))
const passes = fc.constantFrom(0, 0, 1, 10, 60, 1_000).map((time): Step => ({ passes: time }))
const token = fc.constantFrom(...Object.keys(principals))

const beat: Shape = { version: '1.0.0', type: 'heartbeat', timestamp: 1, payload: { sequence: 7 } }

/** Lets all work end, whatever it waits for. */
const windUp = async ({ system, clock }: Turmoil): Promise<void> => {
  await clock.advance(200)
  let over = false
  void system.stop({ grace: 10 }).then(() => {
    over = true
  })
  for (let waited = 0; !over && waited < 200; waited++) await clock.advance(10)
  expect(over, 'the system has stopped').toBe(true)
  await clock.advance(1_000)
}

const live = async (at: Turmoil, steps: readonly Step[], say: (frame: Shape) => void): Promise<void> => {
  for (const [place, step] of steps.entries())
    if ('say' in step) say(step.say)
    else if ('happens' in step) happen(step.happens, at.system, place)
    else await at.clock.advance(step.passes)
}

describe.each(tongues.map((tongue) => [tongue.name, tongue] as const))('%s', (_, tongue) => {
  const says = tongue.frames.map((say): Step => ({ say }))
  const steps = fc.array(
    fc.oneof({ weight: 6, arbitrary: says }, { weight: 2, arbitrary: happens }, { weight: 2, arbitrary: passes }),
    { maxLength: 40, size: 'max' },
  )

  it('answers what is valid, once, in its own words', async () => {
    await fc.assert(
      fc.asyncProperty(steps, token, async (todo, who) => {
        const at = await turmoil()
        const [one, other] = [visitor(at, tongue, who), visitor(at, nativeTongue, 'admin', 'other')]
        await one.enter()
        await other.enter()
        await live(at, todo, (frame) => one.say(frame))
        await windUp(at)
        expect(at.faults()).toEqual([])
        expect(one.wire.ended).toBeUndefined()
        // What it led to is fit for others to hear, too.
        expect([one.misfits(), other.misfits()]).toEqual([[], []])
        expect(one.unanswered()).toEqual([])
      }),
      { numRuns },
    )
  })
})

/** Codes that say what is wrong; 1011 and 1006 would say that we are. */
const proper = new Set([1000, 1002, 1008, 4401])

describe.each(tongues.map((tongue) => [tongue.name, tongue] as const))('%s, spoken badly', (_, tongue) => {
  const whole = fc.tuple(tongue.frames, fc.uuid()).map(([{ correlationId: _, ...frame }, id]): Shape => ({ ...frame, id }))
  const garbage = fc.oneof(mutated(whole), mutated(tongue.hello ? fc.constant(tongue.hello('admin')) : whole), noise)
  const said = fc.array(
    fc.oneof({ weight: 4, arbitrary: garbage }, { weight: 1, arbitrary: happening.map((name) => ({ name })) }),
    { minLength: 1, maxLength: 30, size: 'max' },
  )

  it('is answered with an error or closed with a reason, and troubles nobody else', async () => {
    await fc.assert(
      fc.asyncProperty(said, fc.boolean(), async (all, welcome) => {
        const at = await turmoil()
        const [other, one] = [visitor(at, tongue, 'ann', 'other'), visitor(at, tongue, 'admin', 'one')]
        await other.enter()
        if (welcome) await one.enter()
        for (const [place, each] of all.entries()) {
          if (typeof each === 'string' || each instanceof Uint8Array) one.blurt(each)
          else happen(each.name, at.system, place)
          await at.settle()
          if (one.wire.ended) break
        }
        await at.clock.advance(100)
        const before = other.heard.length
        for (const frame of tongue.listen.length > 0 ? tongue.listen : [beat]) other.say(frame)
        await at.clock.advance(10)
        expect(other.heard.length, 'the other connection is answered').toBeGreaterThan(before)
        expect(other.unanswered()).toEqual([])
        expect([at.faults(), other.misfits(), one.misfits()]).toEqual([[], [], []])
        expect(other.wire.ended).toBeUndefined()
        if (one.wire.ended) expect(proper).toContain(one.wire.ended.code)
        await windUp(at)
        expect(at.faults()).toEqual([])
      }),
      { numRuns },
    )
  })

  it('is refused in words for what is no message', async () => {
    const isMessage = (text: string | Uint8Array) => {
      try {
        const value: unknown = JSON.parse(
          typeof text === 'string' ? text : new TextDecoder('utf-8', { fatal: true }).decode(text),
        )
        return typeof value === 'object' && value !== null && !Array.isArray(value)
      } catch {
        return false
      }
    }
    const nonsense = noise.filter((text) => !isMessage(text))
    await fc.assert(
      fc.asyncProperty(nonsense, fc.boolean(), async (text, welcome) => {
        const at = await turmoil()
        const one = visitor(at, tongue)
        if (welcome) await one.enter()
        one.blurt(text)
        await at.settle()
        expect(one.heard.filter((frame) => tongue.isRefusal(frame))).toHaveLength(1)
        expect(one.wire.ended?.code).toBe(welcome || !tongue.hello ? undefined : 4401)
        expect([at.faults(), one.misfits()]).toEqual([[], []])
      }),
      { numRuns },
    )
  })
})

describe('whatever happens', () => {
  it('is told to all protocols at once, each in its own words', async () => {
    const steps = fc.array(fc.oneof({ weight: 3, arbitrary: happens }, { weight: 1, arbitrary: passes }), {
      maxLength: 60,
      size: 'max',
    })
    await fc.assert(
      fc.asyncProperty(steps, token, async (todo, who) => {
        const at = await turmoil()
        const all = tongues.map((tongue) => visitor(at, tongue, who, tongue.name.replaceAll(/\W/g, '')))
        for (const each of all) await each.enter()
        await live(at, todo, () => {})
        await windUp(at)
        expect(at.faults()).toEqual([])
        expect(all.map((each) => each.wire.ended)).toEqual(all.map(() => undefined))
        expect(all.flatMap((each) => each.misfits(true))).toEqual([])
      }),
      { numRuns },
    )
  })
})
