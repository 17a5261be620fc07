/** The agents that proofs are made on: each writes down what it really does. */
import { z } from 'zod'
import { agent } from '../../../actors/index.js'
import type { Facts } from './claim.js'

const count = (map: Map<string, number>, name: string) => void map.set(name, (map.get(name) ?? 0) + 1)

/** What an agent of this kind says of itself goes into `facts`. */
export const subjectOf = (facts: Facts) =>
  agent('subject', {
    hears: { note: { name: z.string() }, boom: {}, step: {}, hang: {} },
    options: z.object({ name: z.string() }),
    concurrency: 4,
    state({ name }) {
      const memory = { of: name }
      count(facts.lives, name)
      facts.memories.push(new WeakRef(memory))
      return memory
    },
    on: {
      note: ({ name }) => count(facts.handled, name),
      boom() {
        throw new Error('This crash is part of the proof.')
      },
      async step(_, scope) {
        facts.inHand++
        try {
          for (;;) {
            await scope.sleep(2)
            facts.steps++
          }
        } finally {
          facts.inHand--
        }
      },
      hang: (_, { signal }) => {
        facts.inHand++
        return new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            facts.inHand--
            resolve(undefined)
          }),
        )
      },
      ballot({ choices }, { id, vote }) {
        const choice = choices[id.endsWith('3') ? 1 : 0]
        if (choice !== undefined) facts.votes.set(id, choice)
        vote(choice)
      },
    },
  })
