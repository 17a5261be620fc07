/** What tests of agents need: time and chance by hand, ears everywhere, and a word for "nothing more happens". */
export { createManualClock, type ManualClock } from '../../src/clock.js'
export { createSeededIds } from '../../src/ids.js'
export { type Probe, type ProbeOptions, probe } from './probe.js'
export { type Recording, record } from './record.js'
export { type RecordedSocket, recordingSocket, type SocketRecorder } from './recording-socket.js'
export { settle } from './settle.js'
