import type { Connection } from 'vscode-languageserver'
import { rules } from '../../rules/index.ts'
import { Session } from '../../server/lsp/session.ts'
import { percentile, row } from './report.ts'

const WARM_UP = 20

/** How long one edit takes, from the change as it is received, in milliseconds; the debounce does not count. */
interface Times {
  /** To the first diagnostics. */
  readonly first: number
  /** To those of the whole analysis. */
  readonly whole: number
}

/** An editor with a folder open. */
export interface Editor {
  edit(path: string, text: string): Promise<Times>
  /** Edits a file again and again, and prints what that took once all is warm. */
  measure(what: string, path: string, count: number, change: (text: string, i: number) => string): Promise<void>
}

export async function openEditor(files: ReadonlyMap<string, string>): Promise<Editor> {
  async function* read(paths: readonly string[]) {
    for (const path of paths) {
      const text = files.get(path)
      if (text !== undefined) yield { path, text }
    }
  }
  const session = new Session(
    'file:///workspace',
    { list: async () => [...files.keys()], matters: () => true, read, later: (run, ms) => setTimeout(run, ms) },
    rules,
    {},
    () => new Date(),
  )
  await session.load()
  let sent = 0
  const connection = {
    sendDiagnostics: async () => {
      if (sent === 0) sent = performance.now()
    },
  } as unknown as Connection
  let version = 0
  const edit = async (path: string, text: string): Promise<Times> => {
    const start = performance.now()
    sent = 0
    session.edit(path, text, ++version)
    await session.publish(connection, 'openFiles')
    return { first: sent - start, whole: performance.now() - start }
  }
  return {
    edit,
    async measure(what, path, count, change) {
      const text = files.get(path) ?? ''
      await edit(path, text)
      const times: Times[] = []
      for (let i = 0; i < WARM_UP + count; i++) times.push(await edit(path, change(text, i)))
      await edit(path, text)
      const warm = times.slice(WARM_UP)
      const figures = (of: (times: Times) => number): string =>
        `p50 ${percentile(warm.map(of), 50)} ms, p95 ${percentile(warm.map(of), 95)} ms`
      row(
        what,
        figures(({ first }) => first),
        `whole: ${figures(({ whole }) => whole)}`,
      )
    },
  }
}
