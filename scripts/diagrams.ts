/** The page on which the actors' state diagrams stand, written anew from the machines. */
import { agentMachine } from '../actors/agent/machine.js'
import { swarmMachine } from '../actors/swarm/machine.js'
import { taskMachine } from '../actors/task/machine.js'
import { stateDiagram } from './state-diagram.js'

const machines = { agent: agentMachine, task: taskMachine, swarm: swarmMachine }

/** Where the page is, seen from the repository's root. */
export const page = 'actors/README.md'

/** The page's text with each diagram between its markers replaced by the one that its machine draws now. Throws where a marker is missing. */
export const withDiagrams = (text: string): string => {
  let drawn = text
  for (const [name, machine] of Object.entries(machines)) {
    const [open, close] = [`<!-- states:${name} -->`, `<!-- /states:${name} -->`]
    const [from, to] = [drawn.indexOf(open), drawn.indexOf(close)]
    if (from < 0 || to < from) throw new Error(`${page} needs the lines ${open} and ${close}, in that order; put them back.`)
    drawn = `${drawn.slice(0, from + open.length)}\n\`\`\`mermaid\n${stateDiagram(machine)}\n\`\`\`\n${drawn.slice(to)}`
  }
  return drawn
}
