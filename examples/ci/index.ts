/** The bundled swarm that checks a repository. */
export { type Check, checkRepository } from './check.js'
export type { CheckResult, Report } from './report.js'
