/** Agents that behave in a certain way. */
import { z } from 'zod'
import { agent } from '../../../actors/index.js'

/** Fails once for each command, then does it. */
export const retryOnce = agent('shaky', {
  hears: { run: { command: z.string() } },
  on: {
    run: (_, { task }) => {
      if (task?.attempt === 1) throw new Error('not this time')
      return 'done'
    },
  },
})

/** Does nothing until it is told to stop. */
export const patient = agent('patient', {
  hears: { run: { command: z.string() } },
  on: { run: (_, { signal }) => new Promise((done) => signal.addEventListener('abort', () => done(undefined))) },
})

/** Prints what it is told, as so many pieces as there are lines; or in turns; or talks on its own, every 20 ms. */
export const printer = agent('printer', {
  hears: { run: { command: z.string() }, talk: {}, turns: { pieces: z.number(), text: z.string() } },
  on: {
    async talk(_, { output, signal, sleep }) {
      for (let at = 0; !signal.aborted; at++) {
        output(String(at))
        await sleep(20)
      }
    },
    /** To stdout and stderr in turns, in one go. */
    async turns({ pieces, text }, { output }) {
      for (let at = 0; at < pieces; at++) output(`${at}${text}\n`, at % 2 === 0 ? 'stdout' : 'stderr')
    },
    async run({ command }, { output }) {
      for (const line of command.split('\n')) output(line)
    },
  },
})
