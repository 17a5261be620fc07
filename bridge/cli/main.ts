#!/usr/bin/env node
/** The `troupe` command. What a command needs is loaded when it is run, so that starting is quick. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, CommanderError, Option } from 'commander'
import { describeThrown, TroupeError } from '../../src/errors.js'
import { declareRemote } from './commands.js'
import { deliver } from './deliver.js'
import { edge } from './edge.js'
import { harmless } from './event-line.js'
import { exitCodes, watchOutput } from './exit.js'
import { codec, json, remote, token, url } from './options.js'
import { secretFile, settleSecrets, tokenFile } from './secrets.js'

/** The package's own directory: one level higher when this file was built. */
const packageOf = (dir: string): string => {
  try {
    return readFileSync(join(dir, 'package.json'), 'utf8')
  } catch {
    return packageOf(dirname(dir))
  }
}
const { version } = JSON.parse(packageOf(dirname(fileURLToPath(import.meta.url)))) as { version: string }

/** The sentence of an error; the system's own for a directory that was deleted under us names no directory. */
const sentenceOf = (thrown: unknown): string =>
  (thrown as { syscall?: unknown } | null)?.syscall === 'uv_cwd'
    ? 'The current directory does not exist any more; change to another.'
    : describeThrown(thrown)

// A variable that is empty says nothing, as `${TROUPE_HOST:-}` of a compose file has it.
for (const [name, value] of Object.entries(process.env))
  if (value === '' && (name === 'PORT' || name.startsWith('TROUPE_'))) delete process.env[name]
// A switch in the environment is off when it says so; otherwise that it is there would be enough to turn it on.
for (const name of ['TROUPE_NO_EXAMPLE', 'TROUPE_NO_AUTH', 'TROUPE_NO_METRICS', 'TROUPE_JSON', 'TROUPE_DEFLATE'])
  if (/^(0|false|no|off|)$/i.test(process.env[name] ?? '')) delete process.env[name]

const program = new Command('troupe')
  .description('An actor-model runtime for agents: run swarms, watch them, command them.')
  .version(version)
  .exitOverride()
  .showHelpAfterError('Run troupe --help to see what there is.')

const upCommand = program
  .command('up')
  .description('start the system and the bridge, run a bundled example, and stay up')
  .argument('[example]', 'the example swarm to run (default: ci; none with --data)')
  .addOption(new Option('--port <number>', 'port of the bridge; 0 for any that is free (default: 3001)').env('TROUPE_PORT'))
  .addOption(new Option('--host <address>', 'address of the bridge').env('TROUPE_HOST').default('127.0.0.1'))
  .addOption(
    new Option('--secret <text>', 'what tokens are signed with (default: kept in --data, else made anew)').env('TROUPE_SECRET'),
  )
  .addOption(secretFile())
  .addOption(
    new Option('--repo <dir>', 'the repository the example works on (default: the current directory)').env('TROUPE_REPO'),
  )
  .addOption(
    new Option('--data <dir>', 'where what happens is kept, so that agents and tasks outlive the process').env('TROUPE_DATA'),
  )
  .addOption(new Option('--reconnect-to <url>', 'where clients are sent when this process ends').env('TROUPE_RECONNECT_TO'))
  .addOption(new Option('--database <url>', 'PostgreSQL database in which it is kept').env('TROUPE_DATABASE'))
  .addOption(new Option('--no-example', 'start no example').env('TROUPE_NO_EXAMPLE'))
  .addOption(new Option('--no-auth', 'ask for no token (loopback only)').env('TROUPE_NO_AUTH'))
  .addOption(new Option('--dialects <names>', 'protocols that are spoken, with commas (default: all)').env('TROUPE_DIALECTS'))
  .addOption(new Option('--path <dialect=path...>', 'where a protocol is spoken, such as onsembl=/dash').env('TROUPE_PATH'))
  .addOption(new Option('--keys <file>', 'public keys by name, as JSON').env('TROUPE_KEYS'))
  .addOption(
    new Option('--require-signatures <what>', 'what has to be signed: critical, or all').env('TROUPE_REQUIRE_SIGNATURES'),
  )
  .addOption(new Option('--origin <origins...>', 'origins of web pages that may connect').env('TROUPE_ORIGIN'))
  .addOption(new Option('--no-metrics', 'tell no figures on GET /metrics').env('TROUPE_NO_METRICS'))
  .addOption(
    new Option('--log-level <level>', 'what is logged to stderr')
      .choices(['silent', 'error', 'warn', 'info', 'debug'])
      .env('TROUPE_LOG_LEVEL')
      .default('warn'),
  )
  .addOption(json())
deliver(edge(upCommand)).action(async (example: string | undefined, options) => (await import('./up.js')).up(example, options))

program
  .command('run')
  .description('run a bundled example without the bridge, and end with its verdict')
  .argument('<example>', 'the example swarm to run')
  .addOption(new Option('--repo <dir>', 'the repository it works on (default: the current directory)').env('TROUPE_REPO'))
  .option('--no-install', 'do not install missing dependencies first')
  .addOption(json())
  .action(async (example: string, options) => (await import('./run.js')).run(example, options))

const keys = program.command('keys').description('keys to sign with, and to be encrypted for')
keys
  .command('new')
  .description('make keys: FILE, which only you may read, and FILE.pub (default: print them)')
  .option('--out <file>', 'where to')
  .action(async (options) => (await import('./keys.js')).makeKeys(options))
keys
  .command('show')
  .description('print what of your keys others may have')
  .argument('<file>')
  .action(async (file: string) => (await import('./keys.js')).showKeys(file))

program
  .command('token')
  .description('print a token')
  .requiredOption('--sub <name>', 'who it is for')
  .option('--permissions <list>', 'comma-separated: read, write, agent_control, system_monitor, admin', 'read')
  .option('--channels <list>', 'comma-separated patterns to read and write', '#')
  .option('--agents <list>', 'comma-separated agents to vote as; * for any')
  .option('--tenant <name>', 'the tenant that the holder belongs to (default: none)')
  .option('--controls <list>', 'comma-separated agents to control; * for any (default: those of --channels)')
  .option('--jti <id>', 'its id, for troupe revoke (default: made anew)')
  .option('--addresses <list>', 'comma-separated addresses and networks from which alone it is accepted')
  .option('--ttl <duration>', 'how long it lives: 90s, 15m, 1h, 7d', '1h')
  .option('--key <file>', 'bind it to these keys, such as FILE.pub of troupe keys new')
  .addOption(new Option('--secret <text>', 'what the bridge checks tokens with').env('TROUPE_SECRET'))
  .addOption(secretFile())
  .action(async (options) => (await import('./token.js')).token(options))

remote(program.command('tail').description('print events as they come'))
  .argument('<patterns...>', "what to listen to, such as 'task.#'")
  .action(async (patterns: string[], options) => (await import('./tail.js')).tail(patterns, options))

program
  .command('exec')
  .description('run a command on a remote shell agent; ends with its exit code')
  .argument('<agent>', "the agent's id, the beginning of it, or its name")
  .argument('<command...>', 'the command, after --')
  .addOption(url())
  .addOption(token())
  .addOption(tokenFile())
  .addOption(codec())
  .action(async (agent: string, command: string[], options) => (await import('./exec.js')).exec(agent, command, options))

remote(program.command('ps').description('list agents, tasks and swarms')).action(async (options) =>
  (await import('./ps.js')).ps(options),
)

program
  .command('doctor')
  .description('look at what this machine offers; exits with 1 when something will not work')
  .option(
    '--prove',
    'spawn, pause, freeze, kill and crash real agents, and check what is reported against the facts; exits with 1 on a lie',
  )
  .addOption(json())
  .action(async (options) => (await import('./doctor.js')).doctor(options))

program
  .command('conform')
  .description('play scripts against a server that says it speaks troupe.v1; exits with 1 when it does not hold one')
  .addOption(url())
  .addOption(token())
  .addOption(tokenFile())
  .addOption(
    new Option('--secret <text>', 'what the server checks tokens with: then narrower ones are tried, too').env('TROUPE_SECRET'),
  )
  .addOption(secretFile())
  .addOption(new Option('--codec <name>', 'how frames are written').choices(['json', 'msgpack', 'both']).default('both'))
  .option('--definition <name>', 'an agent that may be spawned there, such as shell')
  .option('--acked <topic>', 'a topic below which events are delivered at least once')
  .option('--message <json>', 'a message that it hears, and that ends well (default: {"type":"run","command":"true"})')
  .option('--only <words>', 'the number of a script, or words of its name')
  .option('--timeout <duration>', 'how long an answer may take', '2s')
  .option('--list', 'show the scripts, and play none')
  .addOption(json())
  .action(async (options) => (await import('./conform.js')).conform(options))

declareRemote(program)

/** A mistake in a command is answered with where its help is. */
const guide = (parent: Command, path: string): void => {
  for (const command of parent.commands) {
    const words = `${path} ${command.name()}`
    command.exitOverride().showHelpAfterError(`Run ${words} --help to see its options.`)
    guide(command, words)
  }
}
guide(program, 'troupe')

program.hook('preAction', (_, command) => settleSecrets(command))

watchOutput()

try {
  await program.parseAsync()
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : exitCodes.cannot
  else {
    // What an agent failed with may stand in it.
    console.error(`troupe: ${harmless(sentenceOf(thrown))}`)
    if (!(thrown instanceof TroupeError) && process.env['TROUPE_LOG_LEVEL'] === 'debug') console.error(thrown)
    process.exitCode = exitCodes.cannot
  }
}
