import type { Connection } from 'vscode-languageserver'
import { rules } from '../../rules/index.ts'
import { Session } from '../../server/lsp/session.ts'
import { generateWorkspace } from './generate.ts'
import { percentile, row } from './report.ts'

const EDITS = 100

/** From an edit in a base to the diagnostics of the open files, with many builds of that base, warm. */
export async function overlays(count: number): Promise<void> {
  const base = [...generateWorkspace(24)]
  const files = new Map(base.map(([path, text]) => [`base/${path}`, text]))
  files.set('base/kustomization.yaml', `resources:\n${base.map(([path]) => `- ${path}\n`).join('')}`)
  for (let i = 0; i < count; i++) {
    files.set(
      `overlays/${i}/kustomization.yaml`,
      `namespace: tenant-${i}\nresources:\n- ../../base\nlabels:\n- pairs: { tenant: t${i} }\npatches:\n- path: patch.yaml\n`,
    )
    files.set(
      `overlays/${i}/patch.yaml`,
      `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: service-0\n  namespace: team-0\nspec:\n  replicas: ${i}\n`,
    )
  }
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
    () => new Date(0),
  )
  await session.load()
  const connection = { sendDiagnostics: async () => undefined } as unknown as Connection
  const path = base[0]?.[0] ?? ''
  const text = files.get(`base/${path}`) ?? ''
  session.edit(`base/${path}`, text, 1)
  session.publish(connection, 'openFiles')
  const times: number[] = []
  for (let i = 0; i < EDITS + 10; i++) {
    const start = performance.now()
    session.edit(`base/${path}`, text.replace('LOG_LEVEL', `LOG_LEVEL${i}`), i + 2)
    session.publish(connection, 'openFiles')
    if (i >= 10) times.push(performance.now() - start)
  }
  row(
    `edit of a base of 24 objects, ${count} overlays`,
    `p50 ${percentile(times, 50)} ms`,
    `p95 ${percentile(times, 95)} ms`,
    `max ${percentile(times, 100)} ms`,
  )
}
