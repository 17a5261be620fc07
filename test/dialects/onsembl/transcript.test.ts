/** The example session of the document, replayed frame by frame against a real bridge and a real command. */
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { shell } from '../../../actors/index.js'
import { allFit, onsemblWorld } from './dashboard.js'

/** As it stands in the document; `any` of a field stands for what differs from session to session. */
const session = [
  '← connection:ack { "connectionId": "any" }',
  '← agent:list { "agents": "any" }',
  '→ command:request { "agentId": "agent-1", "command": "ls -la" }',
  '← command:status { "commandId": "cmd-1", "status": "queued" }',
  '← command:status { "commandId": "cmd-1", "status": "running" }',
  '← terminal:output { "commandId": "cmd-1", "data": "any" }',
  '← command:status { "commandId": "cmd-1", "status": "completed", "exitCode": 0 }',
  '→ heartbeat { "sequence": 1 }',
  '← heartbeat { "sequence": 1 }',
] as const

/** What the session leaves out: what all dashboards are told beside it. */
const beside = new Set(['agent:status', 'command:queue'])

const read = (line: string) => {
  const [, direction, type = '', json = ''] = /^(.) (\S+) (.*)$/.exec(line) ?? []
  return { said: direction === '→', type, payload: JSON.parse(json) as Readonly<Record<string, unknown>> }
}

describe('the example session', () => {
  it('goes as the document has it', async () => {
    const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-onsembl-')))
    writeFileSync(join(workspace, 'one.txt'), 'one')
    const { system, dashboard } = await onsemblWorld()
    system.spawn(shell, { id: 'agent-1', options: { workspace } })
    const one = await dashboard()
    const names = new Map<unknown, unknown>()
    let at = 0
    for (const { said, type, payload } of session.map(read)) {
      if (said) {
        one.say({ type, payload })
        continue
      }
      const frame = await one.until((each) => one.frames.indexOf(each) >= at && !beside.has(each.type), type)
      at = one.frames.indexOf(frame) + 1
      expect(frame.type).toBe(type)
      for (const [field, wanted] of Object.entries(payload)) {
        const got = frame.payload[field]
        if (wanted === 'any') expect(got).toBeDefined()
        // The name that the document gives a command stands for one id throughout.
        else if (field === 'commandId') expect(got).toBe(names.get(wanted) ?? got)
        else expect(got).toEqual(wanted)
        if (field === 'commandId') names.set(wanted, got)
      }
    }
    const output = String(one.all('terminal:output')[0]?.['data'])
    expect(output).toMatch(/^total \d+\n/)
    expect(output).toContain('one.txt')
    expect(names.size).toBe(1)
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
