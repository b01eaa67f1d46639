import type { Analysis } from '../analysis/analyse.ts'
import { CONFIG_FILE } from '../analysis/config.ts'
import type { Finding } from '../analysis/findings.ts'
import type { KubeObject } from '../model/object.ts'
import type { FileEdit, Files } from '../sources/unit.ts'
import { editYaml } from '../syntax/yaml/index.ts'

interface Ignoring {
  readonly edits: FileEdit[]
  readonly created: { file: string; text: string }[]
}

const REASON = 'accepted: say why'

/** A comment on the line above the finding, with its indentation; above the key where the finding is inside a string of several lines. */
export function ignoreInText(analysis: Analysis, finding: Finding): Ignoring {
  const { file, span } = finding.location
  const text = analysis.files.get(file)?.text ?? ''
  const start = Math.min(span.start, keyOf(analysis, finding) ?? span.start)
  const line = text.lastIndexOf('\n', start - 1) + 1
  const indent = /^[ ]*/.exec(text.slice(line, start))?.[0] ?? ''
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const comment = `${indent}# zero-trust: ignore ${finding.rule.name} -- ${REASON}${eol}`
  return { edits: [{ file, span: { start: line, end: line }, text: comment }], created: [] }
}

/** Where the key of the value that the finding is about begins, in the same file. */
function keyOf(analysis: Analysis, { occurrences, location }: Finding): number | undefined {
  const found = occurrences[0]?.found
  const key = found && analysis.units.get(found.object.unit)?.locate(found.object, found.path, 'key')
  return key?.file === location.file ? key.span.start : undefined
}

/** An entry for the finding's object in the configuration, for files that one does not own. */
export function ignoreInConfig(files: Files, finding: Finding): Ignoring {
  const object = patternOf(finding.occurrences.map(({ found }) => found.object))
  const entry = {
    rule: finding.rule.name,
    ...(object ? { object } : {}),
    ...(object && !object.includes('*') ? {} : { path: finding.location.file }),
    reason: REASON,
  }
  const config = files.get(CONFIG_FILE)
  if (!config) {
    const lines = Object.entries(entry).map(
      ([key, value], i) => `${i === 0 ? '  - ' : '    '}${key}: ${value.includes(': ') ? JSON.stringify(value) : value}`,
    )
    return { edits: [], created: [{ file: CONFIG_FILE, text: `ignore:\n${lines.join('\n')}\n` }] }
  }
  const result = editYaml(config.text, [{ op: 'insert', path: ['ignore'], index: Number.MAX_SAFE_INTEGER, value: entry }])
  if ('refused' in result) return { edits: [], created: [] }
  return {
    edits: result.edits.map((edit) => ({ file: CONFIG_FILE, span: { start: edit.start, end: edit.end }, text: edit.text })),
    created: [],
  }
}

/** Names all of the objects; builds of one text may give it different names and namespaces. */
function patternOf(objects: readonly KubeObject[]): string | undefined {
  const [kind, namespace, name] = (['kind', 'namespace', 'name'] as const).map((part) => {
    const written = new Set(objects.map((object) => object[part]))
    return written.size === 1 ? [...written][0] : '*'
  })
  if (!kind || !name || kind === '*') return undefined
  return (namespace ? [kind, namespace, name] : [kind, name]).join('/')
}
