/** Who does a graph of tasks: it has them done as parts of its own. */
import { TroupeError } from '../../src/errors.js'
import { isId } from '../../src/ids.js'
import type { Host, Letter, TaskActor, Work } from '../../src/system/actor.js'
import type { GraphDeclaration, GraphTask } from '../../src/system/definition.js'
import { linksOf, type MakeTask } from './link.js'
import type { Worker } from './worker.js'

/** What is asked of a part: how it ends. */
type Part = Pick<TaskActor, 'id' | 'ended'>

export class Foreman implements Worker {
  readonly id = 'graph'
  readonly kind = 'graph'
  readonly #host: Host
  readonly #declared: GraphDeclaration
  readonly #make: MakeTask
  readonly #parts = new Map<string, Part>()

  /** Those that are not entered yet. */
  readonly #made: TaskActor[] = []

  constructor(host: Host, declared: GraphDeclaration, make: MakeTask) {
    this.#host = host
    this.#declared = declared
    this.#make = make
  }

  /** Makes all parts, so that the graph is refused as a whole where one of them is. Throws what a part is refused with. */
  prepare(parent: TaskActor): void {
    const { tasks } = this.#declared
    const ids = new Map<string, string>()
    for (const name of Object.keys(tasks)) {
      if (!isId(name))
        throw new TroupeError(
          'INVALID_MESSAGE',
          `The tasks of a graph are named like ids; got ${JSON.stringify(name).slice(0, 80)}.`,
        )
      ids.set(name, this.#host.ids.next())
    }
    for (const [name, id] of this.#inOrder(ids)) {
      const { needs = [], title = name, ...rest } = tasks[name] as GraphTask
      // What it needs of the graph it finds under the names that they have there.
      const links = Object.fromEntries(linksOf(needs).map((need) => [need.as, ids.get(need.id) ?? this.#outside(name, need.id)]))
      const part = this.#make({ ...rest, kind: 'task', id, title, needs: links, parent: parent.id }, parent)
      this.#made.push(part)
      this.#parts.set(name, part)
    }
  }

  check(message: Letter['message']): Letter['message'] {
    return message
  }

  enqueue(work: Work): void {
    work.begin()
    for (const part of this.#made.splice(0)) this.#host.enter(part)
    // From here on it waits for its parts, as any task does whose handler has returned.
    work.done(undefined)
  }

  /** The ids of its parts, by name. */
  get parts(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#parts].map(([name, { id }]) => [name, id]))
  }

  /** Its parts are there again, or have ended in the process before. */
  takeUp(work: Work, parts: Readonly<Record<string, string>>): void {
    for (const [name, id] of Object.entries(parts)) {
      const part = this.#host.task(id) ?? ended(this.#host, id)
      this.#parts.set(name, part)
    }
    work.done(undefined)
  }

  withdraw(work: Work, why: TroupeError): void {
    work.fail(why)
  }

  hold(): void {
    // Its parts are held by the task itself.
  }

  /** What came of the parts, by name; or an error that names those that did not complete. */
  async outcome(): Promise<{ readonly error: TroupeError | undefined; readonly value: unknown }> {
    const ends = await Promise.all([...this.#parts].map(async ([name, part]) => ({ name, ...(await part.ended) })))
    const failed = ends.filter(({ error }) => error !== undefined)
    if (failed.length === 0) return { error: undefined, value: Object.fromEntries(ends.map(({ name, value }) => [name, value])) }
    const [first] = failed
    const error = new TroupeError(
      'FAILED',
      `Of the graph's tasks did not complete: ${failed.map(({ name }) => name).join(', ')}. ${first?.error?.message ?? ''}`,
      {
        details: { tasks: failed.map(({ name }) => name), code: first?.error?.code },
      },
    )
    return { error, value: undefined }
  }

  /** A task that is no part of the graph. Throws `NOT_FOUND` where there is none: most likely a name was meant. */
  #outside(name: string, need: string): string {
    if (this.#host.taskState(need) !== undefined || !isId(need)) return need
    throw new TroupeError(
      'NOT_FOUND',
      `The task ${name} of the graph needs ${need}, which is neither one of the graph (${Object.keys(this.#declared.tasks).join(', ').slice(0, 500)}) nor a task that there is.`,
    )
  }

  /** The names with what each needs before it. Throws `CYCLE` and names the way. */
  #inOrder(ids: ReadonlyMap<string, string>): Map<string, string> {
    const { tasks } = this.#declared
    const done = new Map<string, string>()
    const visit = (name: string, way: readonly string[]): void => {
      if (way.includes(name))
        throw new TroupeError(
          'CYCLE',
          `The dependencies form a cycle: ${[...way.slice(way.indexOf(name)), name].join(' needs ')}. Remove one of them.`,
        )
      if (done.has(name)) return
      // Only names of the graph are here; that each has its task was seen where they were read.
      for (const need of linksOf((tasks as Readonly<Record<string, GraphTask>>)[name]?.needs ?? []))
        if (ids.has(need.id)) visit(need.id, [...way, name])
      done.set(name, ids.get(name) ?? name)
    }
    for (const name of ids.keys()) visit(name, [])
    return done
  }
}

/** A part that is no more: how it ended is remembered for as long as the graph asks. */
const ended = (host: Host, id: string): Part => {
  const found = host.keeper?.get('task', id)
  const how = found && 'record' in found ? found.record.ended : undefined
  const { error, result } = how ?? host.view.tasks.get(id) ?? {}
  const missing =
    how || host.view.tasks.has(id) ? undefined : new TroupeError('FAILED', `What came of the part ${id} is no longer known.`)
  const failure = error ? new TroupeError(error.code, error.message, { details: { ...error.details } }) : missing
  return { id, ended: Promise.resolve({ error: failure, value: result }) }
}
