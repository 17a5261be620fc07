/** The options that several commands share. */
import { type Command, Option } from 'commander'
import { tokenFile } from './secrets.js'

export const url = () => new Option('--url <url>', 'where the bridge listens').env('TROUPE_URL').default('ws://127.0.0.1:3001')
export const token = () => new Option('--token <jwt>', 'a token for it').env('TROUPE_TOKEN')
export const codec = () => new Option('--codec <name>', 'how frames are written').choices(['json', 'msgpack']).default('json')
export const json = () => new Option('--json', 'JSON lines instead of text').env('TROUPE_JSON')

/** What every command on a running bridge takes. */
export const remote = (command: Command): Command =>
  command.addOption(url()).addOption(token()).addOption(tokenFile()).addOption(codec()).addOption(json())
