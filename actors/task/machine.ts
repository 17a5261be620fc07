/** The life of a task. */
import { setup } from 'xstate'

type TaskMachineEvent = {
  type: 'UNBLOCK' | 'ASSIGN' | 'RELEASE' | 'BEGIN' | 'PAUSE' | 'RESUME' | 'COMPLETE' | 'CRASH' | 'RETRY' | 'FAIL' | 'CANCEL'
}

/** queued{blocked|ready} → assigned → running ⇄ paused → completed | failed | cancelled; running → crashed → queued. */
export const taskMachine = setup({ types: { events: {} as TaskMachineEvent } }).createMachine({
  id: 'task',
  initial: 'queued',
  states: {
    queued: {
      initial: 'blocked',
      on: { FAIL: 'failed', CANCEL: 'cancelled' },
      states: { blocked: { on: { UNBLOCK: 'ready' } }, ready: { on: { ASSIGN: '#task.assigned' } } },
    },
    // RELEASE: its agent went away before it began, and another member of its swarm may take it.
    assigned: { on: { BEGIN: 'running', RELEASE: '#task.queued.ready', FAIL: 'failed', CANCEL: 'cancelled' } },
    running: { on: { PAUSE: 'paused', COMPLETE: 'completed', CRASH: 'crashed', FAIL: 'failed', CANCEL: 'cancelled' } },
    paused: { on: { RESUME: 'running', COMPLETE: 'completed', CRASH: 'crashed', FAIL: 'failed', CANCEL: 'cancelled' } },
    crashed: { on: { RETRY: '#task.queued.ready', FAIL: 'failed', CANCEL: 'cancelled' } },
    completed: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
  },
})
