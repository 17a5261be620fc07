/** What a swarm is told of the tasks that it had in the process before. */

export interface Recounting<Task> {
  /** Counts one among its own that it had counted before, and that is so many percent done. */
  readopt(task: Task, percent: number): void
  /** One that it had counted before could not be brought back, and ended so. */
  lost(state: 'failed' | 'cancelled'): void
}
