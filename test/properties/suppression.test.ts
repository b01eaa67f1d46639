import { describe, expect, it } from 'vitest'
import { rules } from '../../rules/index.ts'
import type { Analysis } from '../../server/analysis/analyse.ts'
import { type Finding, findingsOf } from '../../server/analysis/findings.ts'
import { filesAfter, type ProposedFix } from '../../server/analysis/fix.ts'
import { ignoreInConfig, ignoreInText } from '../../server/lsp/ignore.ts'
import { analyseFiles, TODAY } from '../rules/spec.ts'
import { inStyle } from './styles.ts'
import { pageWorkspaces, type TestWorkspace } from './workspaces.ts'

interface Way {
  write(analysis: Analysis, finding: Finding): Pick<ProposedFix, 'edits' | 'created'>
  /** Whether a finding is silenced together with another one. */
  reaches(other: Finding, finding: Finding): boolean
}

const sameObject: Way['reaches'] = (a, b) => a.rule === b.rule && a.occurrences[0]?.found.object.id === b.occurrences[0]?.found.object.id

/** A comment is about a line: what a rule says of two absent arguments stands at one. */
const sameLine: Way['reaches'] = (a, b) =>
  a.rule === b.rule && a.location.file === b.location.file && a.location.span.start === b.location.span.start

const WAYS: Readonly<Record<string, Way>> = {
  'a comment': { write: ignoreInText, reaches: sameLine },
  'an annotation': { write: annotate, reaches: sameObject },
  'an entry of the configuration': { write: ({ files }, finding) => ignoreInConfig(files, finding), reaches: sameObject },
}

describe.each(pageWorkspaces())('$name', (workspace) => {
  it.each(Object.keys(WAYS))('%s silences its finding and no other', (name) => {
    const way = WAYS[name]
    if (!way) return
    silences(workspace, way, name === 'a comment')
    silences(inStyle(workspace, 'with CRLF'), way, name === 'a comment', workspace.rule)
  })
})

function silences({ files }: TestWorkspace, way: Way, inText: boolean, rule?: string): void {
  const analysis = analyseFiles(rules, files)
  const before = findingsOf(analysis, { today: TODAY }).findings
  for (const finding of before) {
    if (rule && rule !== finding.rule.name) continue
    if (inText && finding.location.file.endsWith('.json')) continue
    // Only Kubernetes objects have annotations.
    if (way.write === annotate && finding.occurrences[0]?.found.object.group === 'terraform') continue
    const after = filesAfter(analysis.files, [way.write(analysis, finding)])
    if (!after) throw new Error('it cannot be written')
    const { findings, suppressed, unused } = findingsOf(analyseFiles(rules, [...after.values()]), { today: TODAY })
    const silenced = before.filter((each) => way.reaches(each, finding))
    expect(keys(suppressed.map((each) => each.finding))).toEqual(keys(silenced))
    expect(keys(findings)).toEqual(keys(before.filter((each) => !silenced.includes(each))))
    expect(unused).toEqual([])
  }
}

function annotate(analysis: Analysis, { occurrences, rule }: Finding): Pick<ProposedFix, 'edits' | 'created'> {
  const [first] = occurrences
  const unit = first && analysis.units.get(first.found.object.unit)
  if (!unit) throw new Error('no object')
  const { object } = first.found
  const result = unit.rewrite([
    { op: 'set', object, path: ['metadata', 'annotations', 'zero-trust/ignore'], value: `${rule.name} -- test` },
  ])
  if ('refused' in result || !result[0]) throw new Error('refused' in result ? result.refused : 'nothing to write')
  return result[0]
}

function keys(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ rule, message, fingerprint }) => `${rule.name} ${fingerprint} ${message}`).sort()
}
