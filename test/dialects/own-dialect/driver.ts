/** A client of Lantern, the protocol of the example: what the suite of all dialects has to know to hold it, too. */
import { lantern } from '../../../examples/own-dialect/lantern.js'
import type { Driver } from '../../kit/drivers.js'
import { type Plain, plain } from '../../kit/plain.js'

let count = 0

/** Says it, and waits for what answers it. */
export const asked = (one: Plain, frame: object) => {
  const ref = `r${++count}`
  one.say({ ref, ...frame })
  return one.until((heard) => heard['ref'] === ref, JSON.stringify(frame))
}

export const lanternDriver: Driver = {
  name: 'lantern',
  dialect: lantern,
  async knock(url, token) {
    const one = await plain(`${url}/lantern`)
    one.say({ do: 'enter', ref: 'enter', token })
    return one
  },
  async enter(url, token) {
    const one = await lanternDriver.knock(url, token)
    await one.until((frame) => frame['tell'] === 'inside')
    return one
  },
  word: ({ tell }) => tell,
  greeting: ['lit', 'inside'],
  listen: async () => {},
  command: (one, agent, line) => one.say({ do: 'run', ref: `r${++count}`, agent, line }),
  tells: (frame, agent) => frame['tell'] === 'printed' && frame['agent'] === agent,
  nonsense: { do: 'dance', ref: 'x' },
  refuses: ({ tell }) => tell === 'refused',
  ask: (one) => asked(one, { do: 'list' }),
  beat: (one) => asked(one, { do: 'beat' }),
  flood: {
    times: 31,
    frame: (at) => ({ do: 'run', ref: `f${at}`, agent: 'nobody', line: 'true' }),
    isTooMuch: ({ code }) => code === 'RATE_LIMITED',
  },
  farewell: ({ tell }) => tell === 'dark',
  lacks: { session: 'a lamp that comes back enters anew' },
}
