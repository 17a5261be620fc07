/** The four priorities, lowest first. A message's priority chooses its lane in every queue of the system. */
export const priorities = ['low', 'normal', 'high', 'critical'] as const

/** How urgent a message is. Default everywhere: `normal`. */
export type Priority = (typeof priorities)[number]

const levels = { low: 0, normal: 1, high: 2, critical: 3 } as const

/** The lane of a priority: 0 (low) to 3 (critical). */
export const level = (priority: Priority): 0 | 1 | 2 | 3 => levels[priority]
