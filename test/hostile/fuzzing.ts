/** Shoots at one protocol in one codec, over real sockets, and says what did not hold. */
import fc from 'fast-check'
import { systemClock } from '../../src/clock.js'
import type { DialectName } from './attack.js'
import { manners } from './manners.js'
import { forge, frameOf } from './material.js'
import { type CodecName, harm, type Shot, shots } from './mutation.js'
import { Play } from './play.js'
import type { Siege } from './siege.js'

export interface Target {
  readonly dialect: DialectName
  readonly codec: CodecName
}

/** Every protocol in every codec that it is spoken in. */
export const targets: readonly Target[] = (Object.keys(manners) as DialectName[]).flatMap((dialect) =>
  (dialect === 'native' ? (['json', 'msgpack'] as const) : (['json'] as const)).map((codec) => ({ dialect, codec })),
)

/** Codes that say what was wrong; 1011 would say that we are, and 1006 nothing. */
const proper = new Set([1000, 1002, 1003, 1007, 1008, 1009, 4401])

const fire = ({ wire }: Play, { opcode, bytes, pieces, raw }: Shot): void => {
  const size = Math.ceil(bytes.length / pieces) || 1
  for (let at = 0; at < pieces; at++) {
    const part = Buffer.from(bytes.subarray(at * size, (at + 1) * size))
    const frame = frameOf(
      { opcode: at === 0 ? opcode : 0, fin: at === pieces - 1, rsv: 0, masked: true, length: undefined },
      part,
    )
    wire.write(raw.length > 0 ? harm(frame, raw) : frame)
  }
}

/** Who shoots: one who may give work to an agent that must not end, one who may end agents but has none, one who was not let in. */
type Shooter = 'worker' | 'master' | 'stranger'
const may: Readonly<Record<'worker' | 'master', object>> = {
  worker: { permissions: ['read', 'write', 'system_monitor'] },
  master: { channels: { read: ['#'], write: ['agent.own', 'agent.new', 'task.#', 'swarm.#', 'ballot.#', 'client.#', 'team.#'] } },
}

/** One connection that is shot at; throws what did not hold. */
const attack = async (siege: Siege, { dialect, codec }: Target, all: readonly Shot[], shooter: Shooter, number: number) => {
  const play = new Play(siege.port.usual, number)
  if (shooter !== 'stranger') await play.take({ enter: dialect, codec, claims: { ...may[shooter] } })
  else {
    const path = manners[dialect].path.replace('<token>', forge({ claims: { sub: `eve-${number}` } }, systemClock.now()))
    const protocol = dialect === 'native' ? { protocol: `troupe.v1+${codec}` } : {}
    await play.take({ upgrade: { method: 'GET', path, version: 'HTTP/1.1', headers: {}, ...protocol } })
  }
  for (const shot of all) fire(play, shot)
  const { wire } = play
  // Where the frames themselves are whole, the connection either ends with a reason or is there.
  if (all.every(({ raw }) => raw.length === 0)) {
    wire.frame({ opcode: 9 }, Buffer.from('there?'))
    await wire.until(
      () => (wire.pongs > 0 ? true : undefined),
      () => 'a pong or the end',
    )
    if (wire.ended !== undefined && !proper.has(wire.ended))
      throw new Error(`The connection ended with ${wire.ended}: ${wire.told}`)
    const garbled = wire.heard.find((frame) => typeof frame !== 'object')
    if (garbled !== undefined) throw new Error(`What came could not be read: ${String(garbled)}`)
  }
  // Where nothing else looks like it: what was shot holds no token that is right.
  const welcome = shooter === 'stranger' && (dialect === 'native' || dialect === 'openclaw') && manners[dialect].welcome
  if (welcome && play.has(welcome, wire.heard)) throw new Error(`A stranger was let in: ${wire.told}`)
  wire.cut()
  await siege.witnessed()
  const faults = await siege.faults()
  if (faults.length > 0) throw new Error(`Inside: ${faults.join('\n')}`)
}

export interface Volley {
  readonly runs: number
  readonly seed: number
  /** Whether a conversation that did not go well is made as small as it can be, which takes its time. Default false. */
  readonly shrink?: boolean
}

/** Shoots so many times; rejects with what did not hold, the conversation that shows it, and the seed. */
export const fuzz = async (siege: Siege, target: Target, { runs, seed, shrink = false }: Volley): Promise<void> => {
  let number = seed & 0xfff
  await fc.assert(
    fc.asyncProperty(
      shots(target.dialect, target.codec),
      fc.constantFrom<Shooter[]>('worker', 'worker', 'master', 'master', 'stranger'),
      (all, shooter) => attack(siege, target, all, shooter, number++),
    ),
    { numRuns: runs, seed, endOnFailure: !shrink, includeErrorInReport: true },
  )
  await siege.tidy()
}
