/** Draws a state machine as a Mermaid state diagram, from the machine itself. */
import type { AnyStateMachine, AnyStateNode } from 'xstate'

interface Arrow {
  readonly from: AnyStateNode
  readonly to: AnyStateNode
  readonly event: string
}

/** Mermaid's names hold no dots. */
const nameOf = (node: AnyStateNode): string => node.path.join('_')

const statesIn = (node: AnyStateNode): AnyStateNode[] => Object.values(node.states)

const everyStateIn = (node: AnyStateNode): AnyStateNode[] => statesIn(node).flatMap((state) => [state, ...everyStateIn(state)])

const boxOf = (node: AnyStateNode): AnyStateNode => node.parent ?? node

/** Mermaid cannot lead an arrow from inside one box to the inside of another: such an arrow goes from box to box. */
const drawable = (arrow: Arrow): Arrow => {
  const [from, to] = [boxOf(arrow.from), boxOf(arrow.to)]
  const bothInside = from.parent !== undefined && to.parent !== undefined
  return bothInside && from !== to ? { from, to, event: arrow.event } : arrow
}

const arrowsOf = (from: AnyStateNode): Arrow[] =>
  [...from.transitions].flatMap(([event, transitions]) =>
    transitions.flatMap(({ target = [] }) => target.map((to) => drawable({ from, to, event }))),
  )

/** One line an arrow; the events that lead the same way share it. */
const linesOf = (arrows: readonly Arrow[]): string[] => {
  const events = new Map<string, Set<string>>()
  for (const { from, to, event } of arrows) {
    const line = `${nameOf(from)} --> ${nameOf(to)}`
    events.set(line, (events.get(line) ?? new Set()).add(event))
  }
  return [...events].map(([line, names]) => `${line}: ${[...names].join(', ')}`)
}

const insideOf = (box: AnyStateNode, arrows: readonly Arrow[]): string[] => {
  const first = box.initial.target.map((state) => `[*] --> ${nameOf(state)}`)
  const states = statesIn(box).flatMap((state) => [
    ...(nameOf(state) === state.key ? [] : [`state "${state.key}" as ${nameOf(state)}`]),
    ...(statesIn(state).length === 0 ? [] : [`state ${nameOf(state)} {`, ...insideOf(state, arrows), '}']),
  ])
  const own = arrows.filter(({ from, to }) => (boxOf(from) === boxOf(to) ? boxOf(from) === box : box.parent === undefined))
  const last = statesIn(box).flatMap((state) => (state.type === 'final' ? [`${nameOf(state)} --> [*]`] : []))
  return [...first, ...states, ...linesOf(own), ...last].map((line) => `  ${line}`)
}

/** The diagram as Mermaid text. */
export const stateDiagram = (machine: AnyStateMachine): string =>
  ['stateDiagram-v2', ...insideOf(machine.root, everyStateIn(machine.root).flatMap(arrowsOf))].join('\n')
