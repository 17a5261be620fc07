/** The verbs that take ids and answer with receipts: their names, what they say of themselves, and which options they take. */

export const verbs = {
  pause: {
    says: 'start nothing new; what is in hand stops at its next checkpoint',
    takes: 'agents, tasks and swarms',
    all: true,
  },
  freeze: {
    says: 'pause at once: processes are stopped where they stand, other work is put down and begun anew afterwards',
    takes: 'agents',
    all: true,
  },
  resume: { says: 'go on after pause or freeze', takes: 'agents, tasks and swarms', all: true },
  restart: { says: 'begin anew with fresh state; mailbox and queue are kept', takes: 'agents', all: true },
  terminate: {
    says: 'finish what is in hand within the grace period, then end for good',
    takes: 'agents',
    all: true,
    reason: true,
    grace: true,
  },
  kill: { says: 'end for good now, with every process it started', takes: 'agents', all: true, reason: true },
  stop: {
    says: 'end for good, after the grace period or, with --force, at once',
    takes: 'agents',
    all: true,
    reason: true,
    grace: true,
    force: true,
  },
  approve: { says: 'say yes where a task waits for a person', takes: 'tasks', reason: true },
  reject: { says: 'say no where a task waits for a person', takes: 'tasks', reason: true },
  cancel: { says: 'cancel tasks, their parts with them', takes: 'tasks', reason: true },
} as const satisfies Record<string, VerbWords>

export interface VerbWords {
  readonly says: string
  /** What it takes, for people. */
  readonly takes: string
  /** Whether it can be said to all agents at once. */
  readonly all?: boolean
  readonly reason?: boolean
  readonly grace?: boolean
  readonly force?: boolean
}

export type Verb = keyof typeof verbs
