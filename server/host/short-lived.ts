import { setFlagsFromString } from 'node:v8'

/**
 * Tells V8 that the process ends soon: by default it optimizes functions that are called some thousand times, and
 * for a run of a second or two that costs more than it gains (a quarter of the time of a large audit). What the
 * flag is called depends on the version; where none is known to help, none is set.
 */
const [major] = process.versions.v8.split('.')
if (major === '11') setFlagsFromString('--interrupt-budget=400000')
else if (major === '12') setFlagsFromString('--invocation-count-for-turbofan=12000')
