/** Certificates for tests, made in code: self-signed, for localhost and 127.0.0.1. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  const length =
    body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts)
const oid = (...bytes: readonly number[]) => der(0x06, Buffer.from(bytes))
const bits = (content: Uint8Array) => der(0x03, Buffer.from([0]), content)

/** When: two digits of the year, and so on, in UTC. */
const time = (at: Date) => der(0x17, Buffer.from(`${at.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`))

const ed25519 = sequence(oid(0x2b, 0x65, 0x70))
const nameOf = (name: string) => sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(name)))))
const extension = (id: Buffer, value: Buffer) => sequence(id, der(0x04, value))

export interface TestCertificate {
  readonly cert: string
  readonly key: string
}

/** A certificate and its key, as PEM, that are each other's alone. `name`: by which a test tells it from another. */
export const makeCertificate = (name = 'localhost'): TestCertificate => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const day = 86_400_000
  const now = Date.now()
  const alternatives = sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])))
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ed25519,
    nameOf(name),
    sequence(time(new Date(now - day)), time(new Date(now + day))),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        extension(oid(0x55, 0x1d, 0x13), sequence(der(0x01, Buffer.from([255])))),
        extension(oid(0x55, 0x1d, 0x11), alternatives),
      ),
    ),
  )
  const whole = sequence(body, ed25519, bits(sign(null, body, privateKey)))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
