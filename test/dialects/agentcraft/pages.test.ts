/** Pages that read the frames as the document's hook and the original's two pages do: by these fields, and by no others. */
import { describe, expect, it } from 'vitest'
import { shell, swarm, task } from '../../../actors/index.js'
import type { Frame } from '../../kit/plain.js'
import { agentcraftWorld } from './dashboard.js'

interface Read {
  readonly status: string
  readonly progress: number
}

/** The document's hook: agents by their ids, sessions as a list, and a ping that is answered. */
const hook = () => {
  const agents = new Map<string, Read & { readonly name: string; readonly message: string }>()
  let sessions: readonly { readonly session_id: string; readonly status: string }[] = []
  const read = (frame: Frame) => {
    const message = frame as unknown as Record<'agent_id' | 'agent_name' | 'status' | 'message', string> & {
      readonly progress: number
      readonly data: { readonly sessions: typeof sessions }
    }
    const { agent_name: name, status, progress } = message
    if (frame.type === 'agent_status') agents.set(message.agent_id, { name, status, progress, message: message.message })
    if (frame.type === 'active_sessions') sessions = message.data.sessions
  }
  return { read, agents, sessions: () => sessions }
}

/** The page that reads the whole state: what it shows of each agent, by name. */
const statePage = () => {
  const agents = new Map<string, Read>()
  const read = ({ type, ...frame }: Frame) => {
    const { state } = frame as unknown as { state: { active_agents: readonly (Read & { agent_name: string })[] } }
    if (['session_started', 'agent_status_update', 'phase_update'].includes(type))
      for (const { agent_name, status, progress } of state.active_agents) agents.set(agent_name, { status, progress })
    if (type === 'session_completed') for (const name of agents.keys()) agents.set(name, { status: 'finished', progress: 100 })
  }
  return { read, agents }
}

/** The page that reads what each push is about: what it writes down. */
const dataPage = () => {
  const lines: string[] = []
  const read = ({ type, ...frame }: Frame) => {
    const { data, log } = frame as unknown as { data: Record<string, unknown>; log: Record<'level' | 'message', string> }
    if (type === 'session_started') lines.push(`agents: ${(data['agent_names'] as string[]).join(', ')}`)
    if (type === 'agent_status_update') {
      const { agent_name: name, status, progress, details, current_task: job } = data
      lines.push(`${name}: ${String(status).toLowerCase()} (${progress}%) - ${details || job || ''}`)
    }
    if (type === 'crew_output') lines.push(`[${data['output_type']}] ${data['content']}`)
    if (type === 'phase_update') lines.push(`phase: ${data['phase']}`)
    if (type === 'crewai_log') lines.push(`${log.level.toLowerCase()}: ${log.message}`)
  }
  return { read, lines }
}

describe('a page', () => {
  it('of each of the three kinds shows what real agents do', async () => {
    const { system, dashboard } = await agentcraftWorld()
    const one = await dashboard()
    system.spawn(shell, { id: 'sh', name: 'Technical Integration Specialist' })
    const crew = system.spawn(swarm({ id: 'session_1', goal: 'fix it', members: ['sh'] }))
    one.say({ type: 'start_log_streaming', session_id: 'session_1' })
    await one.next('log_streaming_started')
    await system.spawn(task({ to: crew, title: 'look', message: { type: 'run', command: 'echo found it' } })).result()
    await one.next('session_completed')
    const [documented, state, data] = [hook(), statePage(), dataPage()]
    for (const frame of one.frames) for (const { read } of [documented, state, data]) read(frame)
    expect(documented.agents.get('sh')).toEqual({
      ...{ name: 'Technical Integration Specialist', status: 'IDLE', progress: 100, message: 'look: completed.' },
    })
    expect(documented.sessions()).toMatchObject([{ session_id: 'session_1', status: 'completed' }])
    expect([...state.agents]).toEqual([['Technical Integration Specialist', { status: 'finished', progress: 100 }]])
    expect(data.lines).toEqual(
      expect.arrayContaining([
        'agents: Technical Integration Specialist',
        'phase: processing',
        'Technical Integration Specialist: processing (0%) - look',
        '[stdout] found it',
        'info: found it',
        'phase: completed',
      ]),
    )
    expect(data.lines.join('\n')).not.toContain('undefined')
  })
})
