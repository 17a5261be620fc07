/** Lives of a server process, one after the other, on one port and one directory. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { connect } from '../../bridge/client.js'
import { signToken } from '../../bridge/index.js'
import type { ConnectOptions } from '../../src/client/options.js'
import type { ServerOptions } from './server.js'

const secret = 'a secret of more than thirty-two characters'

export interface Life {
  readonly pid: number
  /** Resolves when clients may come; rejects when it ended before. */
  readonly open: Promise<void>
  /** Resolves when it has ended, with what it complained about. */
  readonly ended: Promise<{ readonly code: number | null; readonly complaints: string }>
  signal(name: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void
}

export interface Place extends AsyncDisposable {
  readonly directory: string
  readonly diary: string
  readonly port: number
  readonly url: string
  begin(): Life
  token(sub: string, agents?: readonly string[]): Promise<string>
  /** A native client that comes back at once, whatever happens; it is closed with the place. */
  client(sub: string, options?: ConnectOptions & { readonly port?: number }): ReturnType<typeof connect>
}

const require = createRequire(import.meta.url)

/** In one file a process begins in a fraction of the time that it takes to gather the sources. */
const bundle = async (into: string): Promise<string> => {
  const file = join(into, 'server.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('./server.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minify: true,
    logLevel: 'silent',
    banner: {
      js: `import { createRequire as requiring } from 'node:module'; const require = requiring(${JSON.stringify(import.meta.url)})`,
    },
    plugins: [
      {
        name: 'native',
        setup({ onResolve }) {
          onResolve({ filter: /^classic-level$/ }, ({ path }) => ({ path: require.resolve(path), external: true }))
        },
      },
    ],
  })
  return file
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

const start = (file: string, options: ServerOptions, running: Set<ChildProcess>): Life => {
  const child = spawn(process.execPath, [file, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-20_000)
  })
  const ended = new Promise<{ code: number | null; complaints: string }>((resolve) => {
    child.once('close', (code) => {
      running.delete(child)
      resolve({ code, complaints })
    })
  })
  const open = new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    void ended.then(() => reject(new Error(`The process ended before it was open: ${complaints}`)))
  })
  // Whoever kills it while it begins does not wait for it.
  open.catch(() => {})
  return { pid: child.pid ?? 0, open, ended, signal: (name) => void child.kill(name) }
}

/** A directory of its own in which processes live one after the other, or wait for each other. */
export const settle = async (settings: { readonly wait?: number; readonly heartbeat?: number } = {}): Promise<Place> => {
  const root = mkdtempSync(join(tmpdir(), 'troupe-faults-'))
  const [file, port] = await Promise.all([bundle(root), freePort()])
  const directory = join(root, 'journal')
  const diary = join(root, 'diary')
  const running = new Set<ChildProcess>()
  const clients = new Set<ReturnType<typeof connect>>()
  const token = (sub: string, agents: readonly string[] = ['*']) =>
    signToken({ sub, permissions: ['admin'], agents, ttl: 86_400_000 }, secret)
  return {
    ...{ directory, diary, port, url: `ws://127.0.0.1:${port}`, token },
    begin: () => start(file, { directory, port, secret, diary, wait: 20_000, ...settings }, running),
    client(sub, { port: at = port, ...options } = {}) {
      const reconnect = { delays: [20] }
      const one = connect(`ws://127.0.0.1:${at}`, { token: () => token(sub), reconnect, onError: () => {}, ...options })
      clients.add(one)
      return one
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.stop()
      const gone = [...running].map((child) => new Promise((resolve) => child.once('close', resolve)))
      for (const child of running) child.kill('SIGKILL')
      await Promise.all(gone)
      rmSync(root, { recursive: true, force: true })
    },
  }
}
