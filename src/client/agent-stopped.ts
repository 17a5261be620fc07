/** Waits until a distant agent has stopped. */
import type { Observable } from 'rxjs'
import { TroupeError } from '../errors.js'
import type { Envelope } from '../protocol/envelope.js'
import { matches, parsePattern } from '../protocol/topic.js'
import type { ViewData } from '../protocol/view.js'
import type { Loss } from './options.js'
import type { How } from './refs/ref.js'

interface Line {
  readonly losses: Observable<Loss>
  /** Why it was closed; undefined while it is not. */
  readonly closed: TroupeError | undefined
  listen(pattern: string, hear: (envelope: Envelope) => void, ended: (error?: TroupeError) => void): () => void
  ask(type: string, payload: object, how?: How): Promise<unknown>
}

/** Rejects with `NOT_FOUND` where there is none of this id, and with why the client was closed. */
export const agentStopped = (said: Line, id: string): Promise<void> => {
  const topic = `agent.${id}.status`
  const ends: (() => void)[] = []
  const stopped = new Promise<void>((resolve, reject) => {
    const look = () => {
      stateOf(said, id).then((state) => {
        if (state === 'stopped') resolve()
      }, reject)
    }
    const hear = ({ event }: Envelope) => {
      if (event.type === 'agent.status' && event.state === 'stopped') resolve()
    }
    ends.push(said.listen(topic, hear, (error) => reject(error ?? said.closed)))
    // Its end may be among what was lost.
    const losses = said.losses.subscribe((loss) => {
      if (matches(parsePattern(loss.topic), topic.split('.'))) look()
    })
    ends.push(() => losses.unsubscribe())
    // Listened first, looked second: so it cannot stop unseen in between.
    look()
  })
  return stopped.finally(() => {
    for (const end of ends) end()
  })
}

const stateOf = async (said: Line, agent: string): Promise<string> => {
  const { agents } = (await said.ask('view.get', { ids: [agent] }, { waits: true })) as ViewData
  const known = agents.find((each) => each.id === agent)
  if (!known) throw new TroupeError('NOT_FOUND', `There is no agent there with the id ${agent}.`)
  return known.state
}
