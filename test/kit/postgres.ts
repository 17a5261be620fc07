/** A PostgreSQL server that a test starts, kills and ends itself, under another uid than root's. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

/** Root may not run it; this is the uid of nobody on every Linux. */
const uid = 65_534

const programs = (): string | undefined => {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(root, version, 'bin')), ...(process.env['PATH'] ?? '').split(':')]
  return folders.find((folder) => existsSync(join(folder, 'postgres')) && existsSync(join(folder, 'initdb')))
}

/** Where `postgres` and `initdb` are. Throws with the reason when they are nowhere and cannot be installed. */
const found = (): string => {
  const here = programs()
  if (here) return here
  let why = 'this is not root, so Debian’s package cannot be installed'
  if (process.getuid?.() === 0)
    try {
      execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'postgresql'], { stdio: 'pipe', timeout: 240_000 })
    } catch (thrown) {
      why = `apt-get install postgresql failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`
    }
  const installed = programs()
  if (installed) return installed
  throw new Error(`These tests need a PostgreSQL server: there is none in PATH or /usr/lib/postgresql, and ${why}.`)
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('No port is free.'))))
    })
  })

export interface PostgresServer {
  readonly config: pg.ClientConfig
  start(): Promise<void>
  /** SIGKILL to every process of it, in the middle of whatever it does. */
  kill(): Promise<void>
  /** Ends it, and removes its files. */
  end(): Promise<void>
}

export const postgresServer = async (): Promise<PostgresServer> => {
  const bin = found()
  const dir = mkdtempSync(join(tmpdir(), 'troupe-postgres-'))
  const root = process.getuid?.() === 0
  const as = root ? { uid, gid: uid } : {}
  if (root) chownSync(dir, uid, uid)
  chmodSync(dir, 0o700)
  const data = join(dir, 'data')
  const initdb = ['-D', data, '-U', 'troupe', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(join(bin, 'initdb'), initdb, { ...as, cwd: dir, stdio: 'pipe' })
  const port = await freePort()
  const config = { host: '127.0.0.1', port, user: 'troupe', database: 'postgres' }
  let server: ChildProcess | undefined
  const gone = (child: ChildProcess) =>
    new Promise<void>((resolve) =>
      child.exitCode !== null || child.signalCode !== null ? resolve() : child.once('exit', () => resolve()),
    )
  const answers = async (): Promise<boolean> => {
    const client = new pg.Client({ ...config, connectionTimeoutMillis: 1_000 })
    client.on('error', () => {})
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    )
  }
  const kill = async () => {
    if (!server?.pid) return
    // A group of its own, so that its children go with it.
    process.kill(-server.pid, 'SIGKILL')
    await gone(server)
    server = undefined
  }
  return {
    config,
    async start() {
      let said = ''
      const args = ['-D', data, '-p', String(port), '-k', dir, '-c', 'listen_addresses=127.0.0.1']
      const child = spawn(join(bin, 'postgres'), args, { ...as, cwd: dir, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
      server = child
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (data: Buffer) => {
          said = (said + data.toString()).slice(-2_000)
        })
      while (!(await answers()))
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`PostgreSQL did not start: ${said}`)
    },
    kill,
    async end() {
      await kill()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
