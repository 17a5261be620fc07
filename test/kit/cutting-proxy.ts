/** A TCP proxy that cuts each connection, in the middle of a frame as it comes, after so many bytes to the client. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface CuttingProxy {
  readonly url: string
  /** Connections that were cut so far. */
  readonly cuts: number
  close(): Promise<void>
}

export const cuttingProxy = async (port: number, bytes: number): Promise<CuttingProxy> => {
  const sockets = new Set<Socket>()
  let cuts = 0
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    let left = bytes
    const cut = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', cut)
      socket.on('close', () => {
        sockets.delete(socket)
        cut()
      })
    }
    client.pipe(upstream)
    upstream.on('data', (piece: Buffer) => {
      client.write(piece.subarray(0, left))
      left -= piece.length
      if (left > 0) return
      cuts++
      cut()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    // A server that listens on a port has an address.
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
