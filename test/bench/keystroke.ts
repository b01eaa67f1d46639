import type { Connection } from 'vscode-languageserver'
import { rules } from '../../rules/index.ts'
import { Session } from '../../server/lsp/session.ts'
import { generateWorkspace } from './generate.ts'
import { percentile, row } from './report.ts'

const KEYSTROKES = 200

/**
 * From the change as it is received to the first diagnostics, and to those of the whole analysis, in one folder,
 * warm; the debounce does not count.
 */
export async function keystrokes(objects: number): Promise<void> {
  const files = generateWorkspace(objects)
  const session = new Session(
    'file:///workspace',
    { list: async () => [...files.keys()], matters: () => true, read, later: (run, ms) => setTimeout(run, ms) },
    rules,
    {},
    () => new Date(),
  )
  async function* read(paths: readonly string[]) {
    for (const path of paths) yield { path, text: files.get(path) ?? '' }
  }
  await session.load()
  let first = 0
  const connection = {
    sendDiagnostics: async () => {
      if (first === 0) first = performance.now()
    },
  } as unknown as Connection
  const path = [...files.keys()][Math.floor(files.size / 2)] ?? ''
  const text = files.get(path) ?? ''
  session.edit(path, text, 1)
  await session.publish(connection, 'openFiles')
  for (const [what, change] of Object.entries(CHANGES)) {
    const [times, ends]: number[][] = [[], []]
    for (let i = 0; i < KEYSTROKES + 20; i++) {
      const changed = change(text, i)
      const start = performance.now()
      first = 0
      session.edit(path, changed, i + 2)
      await session.publish(connection, 'openFiles')
      const end = performance.now()
      if (i < 20) continue
      times?.push((first || end) - start)
      ends?.push(end - start)
    }
    row(
      `keystroke, ${objects} objects, ${what}`,
      `p50 ${percentile(times ?? [], 50)} ms`,
      `p95 ${percentile(times ?? [], 95)} ms`,
      `whole: p50 ${percentile(ends ?? [], 50)} ms`,
      `p95 ${percentile(ends ?? [], 95)} ms`,
    )
  }
  row(`memory, ${objects} objects`, `${Math.round(process.memoryUsage().heapUsed / 1e6)} MB heap`)
}

const CHANGES: Record<string, (text: string, i: number) => string> = {
  'a comment': (text, i) => text.replace('# What', `# ${'x'.repeat(i % 50)}What`),
  'a value of a Deployment': (text, i) => text.replace('LOG_LEVEL', `LOG_LEVEL${i}`),
  'a label of pods': (text, i) => text.replace('part-of: team', `part-of: x${i}team`),
  'a verb of a Role': (text, i) => text.replace('[get, list, watch]', i % 2 === 0 ? '["*"]' : '[get]'),
  'broken and whole': (text, i) => (i % 2 === 0 ? `${text}  x: ["\n` : text),
}
