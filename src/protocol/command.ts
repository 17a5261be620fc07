/** Everything that may be asked of the runtime. Each command is one zod schema; the union is inferred from them. */
import type { z } from 'zod'
import { agentCommands } from './commands/agent.js'
import { attentionCommands } from './commands/attention.js'
import { ballotCommands } from './commands/ballot.js'
import { clientCommands } from './commands/client.js'
import { deadLetterCommands } from './commands/dead-letter.js'
import { externalCommands } from './commands/external.js'
import { scheduleCommands } from './commands/schedule.js'
import { swarmCommands } from './commands/swarm.js'
import { systemCommands } from './commands/system.js'
import { taskCommands } from './commands/task.js'
import { tokenCommands } from './commands/token.js'

export const commands = {
  ...agentCommands,
  ...taskCommands,
  ...swarmCommands,
  ...ballotCommands,
  ...scheduleCommands,
  ...externalCommands,
  ...deadLetterCommands,
  ...attentionCommands,
  ...clientCommands,
  ...systemCommands,
  ...tokenCommands,
} as const

type Schemas = typeof commands
/** The name of a command. */
export type CommandType = keyof Schemas
/** The command of that name. */
export type CommandOf<T extends CommandType> = z.infer<Schemas[T]>
/** Everything that may be asked. */
export type Command = { [T in CommandType]: CommandOf<T> }[CommandType]
