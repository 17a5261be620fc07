/** The life of an agent. */
import { setup } from 'xstate'

type AgentMachineEvent = { type: 'READY' | 'WORK' | 'REST' | 'PAUSE' | 'RESUME' | 'CRASH' | 'RECOVER' | 'STOP' | 'ENDED' }

/** spawning → running{idle|busy} ⇄ paused → crashed → spawning | stopped; every state → stopping → stopped. */
export const agentMachine = setup({ types: { events: {} as AgentMachineEvent } }).createMachine({
  id: 'agent',
  initial: 'spawning',
  states: {
    spawning: { on: { READY: 'running', CRASH: 'crashed', STOP: 'stopping' } },
    running: {
      initial: 'idle',
      on: { CRASH: 'crashed', STOP: 'stopping' },
      states: {
        idle: { on: { WORK: 'busy', PAUSE: '#agent.paused.idle' } },
        busy: { on: { REST: 'idle', PAUSE: '#agent.paused.busy' } },
      },
    },
    paused: {
      initial: 'idle',
      on: { CRASH: 'crashed', STOP: 'stopping' },
      states: {
        idle: { on: { RESUME: '#agent.running.idle' } },
        busy: { on: { REST: 'idle', RESUME: '#agent.running.busy' } },
      },
    },
    crashed: { on: { RECOVER: 'spawning', STOP: 'stopping' } },
    stopping: { on: { ENDED: 'stopped' } },
    stopped: { type: 'final' },
  },
})
