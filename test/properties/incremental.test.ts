import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rules as realRules } from '../../rules/index.ts'
import type { Settings } from '../../server/analysis/config.ts'
import { Workspace } from '../../server/analysis/workspace.ts'
import { analyseFiles } from '../rules/spec.ts'
import { BUILT } from './built.ts'
import { type Edit, edits, type Texts } from './edits.ts'
import { PROBES } from './probes.ts'
import { reportOfAnalysis } from './report.ts'
import { pageWorkspaces, runs, type TestWorkspace } from './workspaces.ts'

const rules = [...realRules, ...PROBES]
const workspaces = [...pageWorkspaces(), ...BUILT]
const names = rules.map(({ name }) => name)

/** What somebody does between two looks at the findings. */
interface Step {
  readonly settings: Settings
  readonly edits: readonly Edit[]
}

const start = fc
  .array(fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...pageWorkspaces()) }, { weight: 1, arbitrary: fc.constantFrom(...BUILT) }), {
    minLength: 1,
    maxLength: 3,
  })
  .map(together)
const settings = fc.constantFrom<Settings>({}, {}, {}, { profile: 'strict' }, { exclude: ['b/'] }, { environments: { all: ['*'] } })
const step = fc.record({ settings, edits: fc.array(edits(workspaces, names), { minLength: 1, maxLength: 3 }) })
const steps: fc.Arbitrary<readonly Step[]> = fc.array(step, { minLength: 1, maxLength: 6 })

/** The first in the root, the others in folders. */
function together(parts: readonly TestWorkspace[]): Texts {
  return new Map(
    parts.flatMap(({ files }, i) =>
      files.map(({ path, text }): [string, string] => [i === 0 ? path : `${'ab'.charAt(i - 1)}/${path}`, text]),
    ),
  )
}

describe('after any sequence of edits', () => {
  it('the report is that of a fresh run', () => {
    let findings = 0
    fc.assert(
      fc.property(start, steps, (initial, sequence) => {
        const workspace = new Workspace(rules)
        let texts: Texts = new Map()
        const opened: Step = { settings: {}, edits: [{ what: 'opened', apply: () => initial }] }
        for (const [i, { settings, edits }] of [opened, ...sequence].entries()) {
          const before = texts
          for (const edit of edits) texts = edit.apply(texts)
          workspace.configure(settings)
          for (const path of before.keys()) if (!texts.has(path)) workspace.delete(path)
          for (const [path, text] of texts) workspace.set({ path, text })
          // Writing fixes is slow, so they are compared once, on what all the edits have left.
          const withFixes = i === sequence.length
          const report = reportOfAnalysis(workspace.analysis(), withFixes)
          const fresh = reportOfAnalysis(
            analyseFiles(
              rules,
              [...texts].map(([path, text]) => ({ path, text })),
              settings,
            ),
            withFixes,
          )
          // Comparing deeply is for the message.
          if (JSON.stringify(report) !== JSON.stringify(fresh)) expect(report, edits.map(({ what }) => what).join(', ')).toEqual(fresh)
          findings += (report as { findings: unknown[] }).findings.length
        }
      }),
      runs(80),
    )
    expect(findings, 'findings that were compared').toBeGreaterThan(200)
  })
})
