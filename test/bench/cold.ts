import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { rules } from '../../rules/index.ts'
import { findingsOf } from '../../server/analysis/findings.ts'
import { Workspace } from '../../server/analysis/workspace.ts'
import { generateWorkspace } from './generate.ts'
import { row } from './report.ts'

/** Files in memory to findings, in this process; `yaml` alone on the same files is what it is compared with. */
export function cold(what: string, task: 'audit' | 'yaml'): void {
  const files = filesOf(what)
  const bytes = [...files.values()].reduce((sum, text) => sum + text.length, 0)
  const start = performance.now()
  let count = 0
  if (task === 'yaml') for (const text of files.values()) count += parseAllDocuments(text).length
  else {
    const workspace = new Workspace(rules)
    for (const [path, text] of files) workspace.set({ path, text })
    count = findingsOf(workspace.analysis(), { today: '2026-01-01' }).findings.length
  }
  const ms = performance.now() - start
  row(
    `cold ${task}, ${what}`,
    `${Math.round(ms)} ms`,
    `${(bytes / ms / 1000).toFixed(1)} MB/s`,
    `${count} ${task === 'yaml' ? 'documents' : 'findings'}`,
  )
}

function filesOf(what: string): Map<string, string> {
  if (/^\d+$/.test(what)) return generateWorkspace(Number(what))
  const files = new Map<string, string>()
  for (const entry of readdirSync(what, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(ya?ml|json)$/.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    files.set(path.slice(what.length + 1), readFileSync(path, 'utf8'))
  }
  return files
}
