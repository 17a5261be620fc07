/** The bundled swarm that checks a repository. */
export { type Check, type CheckOptions, type CheckResult, checkRepository, type Report } from './check.js'
