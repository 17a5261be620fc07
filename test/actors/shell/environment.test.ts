/** Which variables a child process sees. */
import { describe, expect, it } from 'vitest'
import { childEnvironment } from '../../../actors/shell/environment.js'

const seen = (name: string, value = 'x') => name in childEnvironment({ [name]: value }, {})

describe('the environment of a child', () => {
  it.each([
    'GITHUB_TOKEN',
    'client_secret',
    'PGPASSWORD',
    'MYSQL_PWD',
    'MY_PASSWD',
    'AWS_CREDENTIALS',
    'OPENAI_API_KEY',
    'APIKEY',
    'SSH_PRIVATE_KEY',
    'AWS_ACCESS_KEY_ID',
    'BASIC_AUTH',
    'X_AUTH',
    'DB_PASS',
    'DB_PW',
    'GITHUB_PAT',
    'STRIPE_KEY',
    'SSH_KEY',
    'HMAC_KEY_2',
    'AUTHORIZATION',
    'JWT',
    'CREDS',
    'SENTRY_DSN',
    'SESSIONID',
    'TROUPE_SECRET',
    'TROUPE_PORT',
    'npm_config__auth',
    'npm_config_authx',
    'npm_config_//registry.example/:_authToken',
  ])('hides %s', (name) => {
    expect(seen(name)).toBe(false)
  })

  it.each([
    'PATH',
    'HOME',
    'PWD',
    'OLDPWD',
    'AUTHOR',
    'OAUTH',
    'KEYBOARD',
    'MONKEY',
    'PATTERN',
    'PASSENGER',
    'BYPASS',
    'LANG',
    'npm_config_userconfig',
    'TROUPE_CI_REPOS',
  ])('shows %s', (name) => {
    expect(seen(name)).toBe(true)
  })

  it('hides a value with a password or a key in it, under whatever name', () => {
    expect([seen('DB', 'pg://me:pw@host/db'), seen('DB', 'pg://me:p/w@host/db'), seen('DB', 'pg://host/db')]).toEqual([
      false,
      false,
      true,
    ])
    expect([seen('A', 'Server=x;Password=y'), seen('A', '-----BEGIN RSA PRIVATE KEY-----\nx')]).toEqual([false, false])
  })

  it('shows what was named, and what the agent itself was given', () => {
    const host = { A_TOKEN: 'a', B_TOKEN: 'b', C_TOKEN: 'c' }
    expect(childEnvironment(host, { inherit: ['A_TOKEN'], env: { B_TOKEN: 'mine' } })).toEqual({ A_TOKEN: 'a', B_TOKEN: 'mine' })
  })
})
