/** Colours, where somebody sees them: on a terminal, unless NO_COLOR says otherwise, or wherever FORCE_COLOR says so. */
import { styleText } from 'node:util'

const { NO_COLOR, FORCE_COLOR, TERM } = process.env
const wanted = FORCE_COLOR ? FORCE_COLOR !== '0' : !NO_COLOR && TERM !== 'dumb' && process.stdout.isTTY === true

const tint = (style: Parameters<typeof styleText>[0]) => (text: string) => (wanted ? styleText(style, text) : text)

export const colors = {
  bold: tint('bold'),
  dim: tint('dim'),
  red: tint('red'),
  green: tint('green'),
  yellow: tint('yellow'),
  cyan: tint('cyan'),
}
