/** What a client may set of a shell agent, and what only the application may. */
import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ShellOptions, shellAgent } from '../../../actors/shell/shell.js'
import { task } from '../../../actors/task/define.js'
import { createSystem, type System } from '../../../src/system/system.js'
import { type Recording, record } from '../../kit/events.js'

let system: System
let seen: Recording
beforeEach(() => {
  system = createSystem({ onError: () => {} })
  seen = record(system)
})
afterEach(() => system.stop({ force: true }))

/** Runs a command, and resolves with what it printed. */
const printed = async (
  fixed: ShellOptions,
  command: string,
  env: { spawn?: Record<string, string>; run?: Record<string, string> } = {},
) => {
  const agent = system.spawn(shellAgent('ours', fixed), {
    options: { workspace: realpathSync(tmpdir()), ...(env.spawn ? { env: env.spawn } : {}) },
  })
  const job = system.spawn(task({ to: agent, message: { type: 'run', command, ...(env.run ? { env: env.run } : {}) } }))
  await job.result()
  return seen.events.map((event) => (event.type === 'task.output' && event.id === job.id ? event.data : '')).join('')
}

describe('the variables of a shell agent', () => {
  it('come from the application, then from its spawn, then from the message', async () => {
    const env = { spawn: { B: 'spawn', C: 'spawn' }, run: { C: 'run' } }
    expect(await printed({ env: { A: 'ours', B: 'ours' } }, 'echo $A $B $C', env)).toBe('ours spawn run\n')
  })

  it.each(['spawn', 'run'])('cannot be set by %s where there is an allow list, unless the application names them', async (by) => {
    const policy = { allow: ['echo *'] }
    await expect(printed({ policy }, 'echo hi', { [by]: { PATH: '.' } })).rejects.toMatchObject({
      code: 'POLICY',
      message: expect.stringContaining('The variable PATH may not be set'),
    })
    expect(await printed({ policy, settable: ['WHO'] }, 'echo $WHO', { [by]: { WHO: 'me' } })).toBe('me\n')
  })
})

describe('the end of the output that a failure carries', () => {
  it('begins with a whole character', async () => {
    await expect(printed({}, "printf '𝄞%.0s' $(seq 3000); printf a; exit 1")).rejects.toMatchObject({
      details: { tail: `${'𝄞'.repeat(999)}a` },
    })
  })
})
