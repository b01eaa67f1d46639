import { expect, test } from 'vitest'
import type { CliHost } from '../../server/cli/host.ts'
import { progressOf } from '../../server/cli/progress.ts'

function drawn(options: { terminal?: boolean; environment?: Record<string, string>; columns?: number }, times: readonly number[]): string {
  let text = ''
  let now = 0
  const { terminal = true, environment = {}, columns = 80 } = options
  const stderr = {
    isTerminal: terminal,
    columns,
    async write(part: string) {
      text += part
    },
  }
  const progress = progressOf({ stderr, environment } as unknown as CliHost, () => now)
  times.forEach((time, i) => {
    now = time
    progress('Reading', i + 1, times.length)
  })
  progress.end()
  return text
}

const clear = '\r\u001b[2K'

test.each<{ name: string; options?: Parameters<typeof drawn>[0]; times: number[]; text: string }>([
  { name: 'a short run draws nothing', times: [0, 100, 399], text: '' },
  {
    name: 'a long run draws, and takes away what it drew',
    times: [0, 500],
    text: `${clear}Reading [========================] 2/2${clear}`,
  },
  {
    name: 'not at every step',
    times: [500, 501, 502, 600],
    text: `${clear}Reading [======                  ] 1/4${clear}Reading [========================] 4/4${clear}`,
  },
  { name: 'not wider than the terminal', options: { columns: 24 }, times: [500], text: `${clear}Reading [==============${clear}` },
  { name: 'not into a pipe', options: { terminal: false }, times: [500], text: '' },
  { name: 'not where nobody looks', options: { environment: { CI: 'true' } }, times: [500], text: '' },
])('$name', ({ options = {}, times, text }) => {
  expect(drawn(options, times)).toBe(text)
})
