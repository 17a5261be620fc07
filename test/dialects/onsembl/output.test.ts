import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { shell, task } from '../../../actors/index.js'
import { onsembl } from '../../../bridge/dialects/onsembl/index.js'
import { anybody } from '../../../bridge/token.js'
import { settle } from '../../kit/quiet.js'
import { type Bench, bench } from '../../kit/socket.js'
import { printer } from './agents.js'
import { allFit, onsemblWorld } from './dashboard.js'

interface Output {
  readonly commandId: string
  readonly data: string
  readonly stream: string
  readonly sequence: number
  readonly isCompressed?: boolean
}

const textOf = ({ data, isCompressed }: Output): string =>
  isCompressed ? gunzipSync(Buffer.from(data, 'base64')).toString('utf8') : data

/** A dashboard on a clock that moves when told, and an agent that prints. */
const still = async (dialect = onsembl({})) => {
  const at: Bench = bench()
  const { wire } = at.open({ dialect, admitted: anybody })
  at.system.spawn(printer, { id: 'agent-1' })
  await settle()
  const print = async (text: string, of = 'agent-1') => {
    const ref = at.system.spawn(task({ to: of, message: { type: 'run', command: text } }))
    await settle()
    return ref.id
  }
  const outputs = () => wire.ofType('terminal:output').map(({ payload }) => payload as unknown as Output)
  return { ...at, wire, print, outputs }
}

describe('output', () => {
  it('waits for more until its command is over, which it comes before', async () => {
    const { wire, print, outputs } = await still()
    await print('one \ntwo ')
    expect(outputs()).toMatchObject([{ data: 'one two ', stream: 'stdout', sequence: 1 }])
    const types = wire.frames.map(({ type, payload }) => (type === 'command:status' ? payload['status'] : type))
    expect(types.indexOf('terminal:output')).toBe(types.indexOf('completed') - 1)
    allFit({ frames: wire.frames as never })
  })

  it('waits 50 ms for more, and no longer', async () => {
    const { system, clock, outputs } = await still()
    system.spawn(task({ id: 't1', to: 'agent-1', message: { type: 'talk' } }))
    await settle()
    await clock.advance(49)
    expect(outputs()).toEqual([])
    await clock.advance(1)
    await settle()
    expect(outputs()).toMatchObject([{ data: '012', sequence: 1 }])
    // It talks every 20 ms: the next piece came at 60 ms, and waits for what comes until 110 ms.
    await clock.advance(59)
    expect(outputs().length).toBe(1)
    await clock.advance(1)
    await settle()
    expect(outputs().slice(1)).toMatchObject([{ data: '345', sequence: 2 }])
  })

  it('of 10,240 bytes goes as it is; one byte more is compressed, in one message', async () => {
    const { print, outputs } = await still()
    await print('x'.repeat(10_240))
    await print('y'.repeat(10_241))
    const [plain, packed] = outputs()
    expect(plain).toMatchObject({ data: 'x'.repeat(10_240), sequence: 1 })
    expect(plain).not.toHaveProperty('isCompressed')
    expect(packed).toMatchObject({ isCompressed: true, sequence: 1 })
    expect(packed?.data).toMatch(/^[A-Za-z0-9+/]+=*$/)
    expect(packed && textOf(packed)).toBe('y'.repeat(10_241))
  })

  it('is measured in bytes, not in characters', async () => {
    const { print, outputs } = await still()
    await print('é'.repeat(5_120))
    await print('é'.repeat(5_121))
    expect(outputs().map(({ isCompressed }) => isCompressed ?? false)).toEqual([false, true])
    expect(outputs().map(textOf)).toEqual(['é'.repeat(5_120), 'é'.repeat(5_121)])
  })

  it('beyond 100 KB drops the oldest pieces of 10 KB, which leaves a hole in the sequence', async () => {
    const { print, outputs } = await still()
    const lines = Array.from({ length: 12 }, (_, at) => String.fromCharCode(97 + at).repeat(10_240))
    await print(lines.join('\n'))
    const [all] = outputs()
    expect(outputs().length).toBe(1)
    expect(all?.sequence).toBe(3)
    expect(all && textOf(all)).toBe(lines.slice(2).join(''))
  })

  it('is kept within its bounds for each command', async () => {
    const { system, print, outputs } = await still()
    system.spawn(printer, { id: 'agent-2' })
    await Promise.all([print('a'.repeat(102_400)), print('b'.repeat(102_400), 'agent-2')])
    expect(outputs().map(textOf).sort()).toEqual(['a'.repeat(102_400), 'b'.repeat(102_400)])
    expect(outputs().map(({ sequence }) => sequence)).toEqual([1, 1])
  })

  it('keeps up to four turns of the streams in order; with more it is one message for each stream, compressed where it is large', async () => {
    const { system, outputs } = await still()
    const turns = async (pieces: number, text: string) => {
      const before = outputs().length
      system.spawn(task({ to: 'agent-1', message: { type: 'turns', pieces, text } }))
      await settle()
      return outputs().slice(before)
    }
    expect((await turns(4, '')).map(({ stream, data }) => [stream, data])).toEqual([
      ...[
        ['stdout', '0\n'],
        ['stderr', '1\n'],
        ['stdout', '2\n'],
        ['stderr', '3\n'],
      ],
    ])
    expect((await turns(5, '')).map(({ stream, data, sequence }) => [stream, data, sequence])).toEqual([
      ...[
        ['stderr', '1\n3\n', 1],
        ['stdout', '0\n2\n4\n', 2],
      ],
    ])
    const many = await turns(300, 'x'.repeat(280))
    expect(many.map(({ stream, isCompressed }) => [stream, isCompressed])).toEqual([
      ...[
        ['stdout', true],
        ['stderr', true],
      ],
    ])
    const odd = Array.from({ length: 150 }, (_, at) => `${at * 2 + 1}${'x'.repeat(280)}\n`).join('')
    expect(many[1] && textOf(many[1])).toBe(odd)
  })

  it('has windows and sizes that can be set', async () => {
    const { print, outputs } = await still(onsembl({ outputChunk: 4, outputBuffer: 8, compressAbove: 7 }))
    await print('abcdefghijkl')
    await print('abcdefg')
    const [cut, whole] = outputs()
    expect(cut).toMatchObject({ sequence: 2, isCompressed: true })
    expect(cut && textOf(cut)).toBe('efghijkl')
    expect(whole).toMatchObject({ sequence: 1, data: 'abcdefg' })
  })
})

describe('the output of a real command', () => {
  it('tells its streams apart, in their order, and counts over both', async () => {
    const { system, dashboard } = await onsemblWorld()
    system.spawn(shell, { id: 'agent-1' })
    const one = await dashboard()
    const commandId = await one.run('agent-1', 'echo out; sleep 0.1; echo err >&2; sleep 0.1; echo out')
    await one.end(commandId)
    expect(one.all('terminal:output')).toMatchObject([
      { commandId, stream: 'stdout', data: 'out\n', sequence: 1 },
      { commandId, stream: 'stderr', data: 'err\n', sequence: 2 },
      { commandId, stream: 'stdout', data: 'out\n', sequence: 3 },
    ])
  })

  it('comes whole, however it is cut', async () => {
    const { system, dashboard } = await onsemblWorld()
    system.spawn(shell, { id: 'agent-1' })
    const one = await dashboard()
    const commandId = await one.run('agent-1', 'i=0; while [ $i -lt 40 ]; do seq 1 400; sleep 0.01; i=$((i+1)); done')
    await one.end(commandId)
    const pieces = one.all('terminal:output') as unknown as Output[]
    const once = `${Array.from({ length: 400 }, (_, at) => at + 1).join('\n')}\n`
    expect(pieces.map(textOf).join('')).toBe(once.repeat(40))
    expect(pieces.map(({ sequence }) => sequence)).toEqual(pieces.map((_, at) => at + 1))
    allFit(one)
  })
})
