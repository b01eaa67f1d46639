import type { CliHost } from './host.ts'

/** Runs that end before this need no bar, in milliseconds. */
const QUIET_MS = 400
const STEP_MS = 80
const WIDTH = 24

export interface Progress {
  (what: string, done: number, total: number): void
  /** Takes the bar away again. */
  end(): void
}

/** A bar on standard error for people who wait; nothing where nobody looks. */
export function progressOf({ stderr, environment }: CliHost, now: () => number = Date.now): Progress {
  const shown = stderr.isTerminal && !environment['CI'] && environment['TERM'] !== 'dumb'
  const began = now()
  let last = began + QUIET_MS - STEP_MS
  let drawn = false
  const draw = (what: string, done: number, total: number): void => {
    if (!shown) return
    const time = now()
    if (time - last < STEP_MS) return
    last = time
    drawn = true
    const filled = total === 0 ? 0 : Math.floor((Math.min(done, total) / total) * WIDTH)
    const line = `${what} [${'='.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${done}/${total}`
    void stderr.write(`\r\u001b[2K${line.slice(0, Math.max(20, stderr.columns - 1))}`)
  }
  return Object.assign(draw, {
    end: () => {
      if (drawn) void stderr.write('\r\u001b[2K')
      drawn = false
    },
  })
}
