import { describe, expect, it } from 'vitest'
import { rules } from '../../rules/index.ts'
import { type Finding, findingsOf } from '../../server/analysis/findings.ts'
import { filesAfter } from '../../server/analysis/fix.ts'
import { Workspace } from '../../server/analysis/workspace.ts'
import { ignoreInConfig, ignoreInText } from '../../server/lsp/ignore.ts'
import type { Files } from '../../server/sources/unit.ts'
import { analyseFiles, TODAY } from '../rules/spec.ts'
import { pageWorkspaces, type TestWorkspace } from './workspaces.ts'

describe.each(pageWorkspaces())('$name', (workspace) => {
  it('a comment that ignores a finding silences it and no other', () =>
    silences(workspace, ({ location }) => !location.file.endsWith('.json'), ignoreInText))
  it('an entry of the configuration silences its finding and none of another object or rule', () =>
    silences(
      workspace,
      () => true,
      (analysis, finding) => ignoreInConfig(analysis.files, finding),
    ))
})

function silences({ files }: TestWorkspace, asked: (finding: Finding) => boolean, ignore: typeof ignoreInText): void {
  const analysis = analyseFiles(rules, files)
  const before = findingsOf(analysis, { today: TODAY }).findings
  for (const finding of before.filter(asked)) {
    const after = filesAfter(analysis.files, [ignore(analysis, finding)])
    if (!after) throw new Error('the comment cannot be written')
    const { findings, suppressed, unused } = findingsOf(analysed(after), { today: TODAY })
    const silenced = before.filter((each) => each === finding || (ignore !== ignoreInText && sameObject(each, finding)))
    expect(suppressed.map((each) => key(each.finding)).sort()).toEqual(silenced.map(key).sort())
    expect(findings.map(key).sort()).toEqual(
      before
        .filter((each) => !silenced.includes(each))
        .map(key)
        .sort(),
    )
    expect(unused).toEqual([])
  }
}

function analysed(files: Files) {
  const workspace = new Workspace(rules)
  for (const file of files.values()) workspace.set(file)
  return workspace.analysis()
}

function sameObject(a: Finding, b: Finding): boolean {
  return a.rule === b.rule && a.occurrences[0]?.found.object.id === b.occurrences[0]?.found.object.id
}

function key({ rule, message, fingerprint }: Finding): string {
  return `${rule.name} ${fingerprint} ${message}`
}
