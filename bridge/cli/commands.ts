/** The verbs of a running system, declared to the command line. What carries one out is loaded when it is run. */
import { type Command, Option } from 'commander'
import { remote } from './options.js'
import { type Verb, type VerbWords, verbs } from './verbs.js'

const agentWords = 'its id, the beginning of one, or its name'
const messageWords = 'as JSON, such as \'{"type":"review","path":"README.md"}\''

/** The verbs of the table, which differ in words only. */
const declareAlike = (program: Command): void => {
  // The keys of the table are the verbs.
  for (const [verb, words] of Object.entries(verbs) as [Verb, VerbWords][]) {
    const command = program
      .command(verb)
      .description(words.says)
      .argument(words.all ? '[ids...]' : '<ids...>', `${words.takes}, by id, beginning of an id, or name`)
    if (words.all) command.option('--all', 'every agent')
    if (words.reason) command.option('--reason <text>', 'why, for people to read')
    if (words.grace) command.option('--grace <duration>', 'how long what is in hand may take: 500ms, 30s, 5m (default: 5s)')
    if (words.force) command.option('--force', 'end what is in hand at once')
    remote(command).action(async (ids: string[], options) => (await import('./act.js')).act(verb, ids, options))
  }
}

const declareTalk = (program: Command): void => {
  const send = program.command('send').description('send a message to an agent, and wait for no answer')
  remote(send.argument('<agent>', agentWords).argument('<message>', messageWords)).action(
    async (agent: string, message: string, options) => (await import('./talk.js')).send(agent, message, options),
  )
  const ask = program.command('ask').description('send a message to an agent and print its answer; exit code 1 when it failed')
  ask.argument('<agent>', agentWords).argument('<message>', messageWords)
  remote(ask.option('--timeout <duration>', 'how long to wait: 500ms, 30s, 5m (default: 30s)')).action(
    async (agent: string, message: string, options) => (await import('./talk.js')).ask(agent, message, options),
  )
  const steer = program.command('steer').description('have an agent hear a message before everything that waits')
  steer.argument('<agent>', agentWords).argument('<message>', 'as JSON, or plain text')
  remote(steer.addOption(new Option('--type <type>', 'type of a message that is plain text').default('steer'))).action(
    async (agent: string, message: string, options) => (await import('./talk.js')).steer(agent, message, options),
  )
  const spawn = program.command('spawn').description('start an agent of a definition that the bridge offers')
  spawn.argument('<definition>', 'its name').option('--id <id>', 'the id it gets').option('--name <text>', 'the name it gets')
  remote(spawn.option('--options <json>', 'what the definition asks for, such as \'{"workspace":"packages/api"}\'')).action(
    async (definition: string, options) => (await import('./talk.js')).spawn(definition, options),
  )
}

const declareResult = (program: Command): void => {
  const result = program.command('result').description('wait for a task and print its result; exit code 1 when it failed')
  remote(result.argument('<task>', 'its id, the beginning of one, or its title')).action(async (task: string, options) =>
    (await import('./result.js')).result(task, options),
  )
}

const declareAttention = (program: Command): void => {
  const attention = program.command('attention').description('what needs a person, and dealing with it')
  const list = attention.command('list', { isDefault: true }).description('list what needs a person, the most urgent first')
  // What is no word of ours comes here, and is answered with those that are.
  remote(list.option('--watch', 'go on and print changes as they come').allowExcessArguments()).action(
    async (options, { args }: Command) => (await import('./attention.js')).listAttention(args, options),
  )
  const item = 'its id, or the beginning of one'
  remote(attention.command('ack').description('say that you look at it').argument('<ids...>', item)).action(
    async (ids: string[], options) => (await import('./attention.js')).ack(ids, options),
  )
  const snooze = attention.command('snooze').description('have it come back later').argument('<id>', item)
  remote(snooze.argument('<duration>', 'how much later: 15m, 1h, 7d')).action(async (id: string, duration: string, options) =>
    (await import('./attention.js')).snooze(id, duration, options),
  )
  const resolve = attention.command('resolve').description('deal with it; the first answer counts').argument('<id>', item)
  remote(resolve.argument('[answer]', 'one of its choices where it has some, else any text')).action(
    async (id: string, answer: string | undefined, options) => (await import('./attention.js')).resolve(id, answer, options),
  )
}

const declareDeadLetters = (program: Command): void => {
  const list = program.command('dead-letters').description('list messages that could not be delivered, the newest first')
  list.option('--to <id>', 'those to this id').option('--reason <reason>', 'those that died of this')
  remote(list.option('--limit <number>', 'how many at the most', '100')).action(async (options) =>
    (await import('./dead-letters.js')).deadLetters(options),
  )
  const replay = program.command('replay').description('send dead letters again')
  remote(replay.argument('<ids...>', 'their ids, or the beginnings of them')).action(async (ids: string[], options) =>
    (await import('./dead-letters.js')).replay(ids, options),
  )
}

const declareRevoke = (program: Command): void => {
  const revoke = program.command('revoke').description('have tokens refused from now on, and end their connections')
  remote(revoke.argument('<tokens...>', 'the ids of the tokens (jti), or the tokens themselves')).action(
    async (tokens: string[], options) => (await import('./revoke.js')).revoke(tokens, options),
  )
}

/** Declares what is said to a bridge that runs. */
export const declareRemote = (program: Command): void => {
  declareAlike(program)
  declareTalk(program)
  declareResult(program)
  declareAttention(program)
  declareDeadLetters(program)
  declareRevoke(program)
}
