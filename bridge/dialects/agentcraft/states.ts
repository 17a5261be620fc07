/** The states of agents and swarms in AgentCraft's words: the one table. */
import type { AgentView, SwarmView } from '../../../src/protocol/view.js'

/** What an agent does, in the documented `agent_status` and in the `state` of a session. */
const words = {
  idle: { upper: 'IDLE', lower: 'idle' },
  analyzing: { upper: 'ANALYZING', lower: 'analyzing' },
  processing: { upper: 'PROCESSING', lower: 'processing' },
  collaborating: { upper: 'COLLABORATING', lower: 'collaborating' },
  completing: { upper: 'PROCESSING', lower: 'completing' },
  finished: { upper: 'COMPLETED', lower: 'finished' },
  error: { upper: 'ERROR', lower: 'error' },
} as const

export type Word = (typeof words)[keyof typeof words]

/** The words for a running agent that is busy, by the first word of what it says that it does. */
const activities: Readonly<Record<string, Word>> = {
  analyzing: words.analyzing,
  analysing: words.analyzing,
  collaborating: words.collaborating,
}

export const wordOf = ({ state, busy, activity }: Pick<AgentView, 'state' | 'busy' | 'activity'>): Word => {
  switch (state) {
    case 'spawning':
    case 'paused':
      return words.idle
    case 'running': {
      if (!busy) return words.idle
      const said = /^\p{L}+/u.exec(activity ?? '')?.[0].toLowerCase() ?? ''
      return (Object.hasOwn(activities, said) ? activities[said] : undefined) ?? words.processing
    }
    case 'crashed':
      return words.error
    case 'stopping':
      return words.completing
    case 'stopped':
      return words.finished
  }
}

/** Whether an agent of this word is at work. */
export const isActive = ({ lower }: Word): boolean => lower !== 'idle' && lower !== 'finished' && lower !== 'error'

/** The phase of a session, which is also its status. */
export const phaseOf = ({ state, phase }: Pick<SwarmView, 'state' | 'phase'>): string => {
  switch (state) {
    case 'forming':
      return 'initialization'
    case 'running':
      return phase === 'working' ? 'processing' : phase
    case 'paused':
      return phase === 'completed' ? 'completed' : 'paused'
    case 'crashed':
      return 'error'
    case 'dissolving':
      return 'completing'
    case 'dissolved':
      return 'completed'
  }
}
