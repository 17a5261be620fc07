/** The life of a swarm. */
import { setup } from 'xstate'

type SwarmMachineEvent = { type: 'FORMED' | 'PAUSE' | 'RESUME' | 'CRASH' | 'REFORM' | 'DISSOLVE' | 'ENDED' }

/** forming → running ⇄ paused → crashed → forming; every state → dissolving → dissolved. */
export const swarmMachine = setup({ types: { events: {} as SwarmMachineEvent } }).createMachine({
  id: 'swarm',
  initial: 'forming',
  states: {
    forming: { on: { FORMED: 'running', DISSOLVE: 'dissolving' } },
    running: { on: { PAUSE: 'paused', CRASH: 'crashed', DISSOLVE: 'dissolving' } },
    paused: { on: { RESUME: 'running', CRASH: 'crashed', DISSOLVE: 'dissolving' } },
    crashed: { on: { REFORM: 'forming', DISSOLVE: 'dissolving' } },
    dissolving: { on: { ENDED: 'dissolved' } },
    dissolved: { type: 'final' },
  },
})
