/** The example session of the document, replayed frame by frame against a real bridge and a real command. */
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { shell } from '../../../actors/index.js'
import { replay } from '../../kit/transcript.js'
import { allFit, onsemblWorld } from './dashboard.js'

describe('the example session', () => {
  it('goes as the document has it', async () => {
    const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-onsembl-')))
    writeFileSync(join(workspace, 'one.txt'), 'one')
    const { system, connect, token } = await onsemblWorld()
    system.spawn(shell, { id: 'agent-1', options: { workspace } })
    const one = await connect(`?token=${await token()}`)
    await replay(one, join(import.meta.dirname, 'session.transcript'))
    const output = String(one.all('terminal:output')[0]?.['data'])
    expect(output).toMatch(/^total \d+\n/)
    expect(output).toContain('one.txt')
    allFit(one)
  })

  it('tells beside it that the agent is busy and idle again, and what waited', async () => {
    const { system, dashboard } = await onsemblWorld()
    system.spawn(shell, { id: 'agent-1' })
    const one = await dashboard()
    const commandId = await one.run('agent-1', 'true')
    await one.end(commandId)
    await one.payload('agent:status', ({ status }) => status === 'online')
    expect(
      one.frames.slice(2).map(({ type, payload }) => `${type} ${payload['status'] ?? JSON.stringify(payload['queue'])}`),
    ).toEqual([
      'command:status queued',
      expect.stringContaining(`command:queue [{"commandId":"${commandId}"`),
      'command:queue []',
      'agent:status busy',
      'command:status running',
      'agent:status online',
      'command:status completed',
    ])
  })
})
