import { createTwoFilesPatch, FILE_HEADERS_ONLY, OMIT_HEADERS } from 'diff'
import { type Analysis, incidents } from '../../server/analysis/analyse.ts'
import type { Settings } from '../../server/analysis/config.ts'
import { type Finding, findingsOf } from '../../server/analysis/findings.ts'
import { filesAfter, type ProposedFix, proposeFixes, prove } from '../../server/analysis/fix.ts'
import { Workspace } from '../../server/analysis/workspace.ts'
import type { AnyRule } from '../../server/model/rule.ts'
import { LineIndex } from '../../server/text/line-index.ts'
import { type Marker, readMarkers, type Reported, renderReported } from './markers.ts'
import type { Case } from './page.ts'

/** Any day: nothing of a page expires. */
export const TODAY = '2026-01-01'

/** A case of a page, ready to be asked. */
export interface CaseRun {
  readonly analysis: Analysis
  readonly files: readonly { readonly path: string; readonly block: string; readonly text: string; readonly markers: readonly Marker[] }[]
  /** Those of the page's rule. */
  readonly findings: readonly Finding[]
}

/** Analyses the workspace of a case with all rules. Throws when the case would test nothing. */
export function runCase(rule: AnyRule, rules: readonly AnyRule[], { files }: Case): CaseRun {
  const read = files.map(({ path, text: block }) => ({ path, block, ...readMarkers(block) }))
  const analysis = analyseFiles(rules, read)
  for (const { file, message } of analysis.problems) throw new Error(`${file}: ${message}`)
  for (const { failure } of incidents(analysis)) if (failure) throw new Error(`${failure.rule}: ${failure.message}`)
  const alone = analyseFiles([rule], read)
  for (const unit of alone.units.values()) for (const object of unit.objects) alone.engine.ofObject(object)
  if (alone.engine.checks === 0) throw new Error(`Nothing in this case is a subject of ${rule.name}: it would pass whatever the rule does.`)
  return { analysis, files: read, findings: findingsOf(analysis, { today: TODAY }).findings.filter((finding) => finding.rule === rule) }
}

export function analyseFiles(
  rules: readonly AnyRule[],
  files: readonly { path: string; text: string }[],
  settings: Settings = {},
): Analysis {
  const workspace = new Workspace(rules, settings)
  for (const { path, text } of files) workspace.set({ path, text })
  return workspace.analysis()
}

/** The blocks as they should be and as they are: `path` lines and texts with markers. Equal when the case holds. */
export function compareMarkers({ analysis, files, findings }: CaseRun): { expected: string; actual: string } {
  const title = (path: string): string => (files.length > 1 ? `${path}:\n` : '')
  const expected = files.map(({ path, block }) => title(path) + block)
  const actual = files.map(({ path, text, markers }) => {
    const here = findings.filter(({ location }) => location.file === path)
    return (
      title(path) +
      renderReported(
        text,
        markers,
        here.map((finding) => reportedIn(text, finding)),
      )
    )
  })
  const elsewhere = findings.filter(
    ({ location }) => !files.some(({ path }) => path === location.file) || !analysis.files.has(location.file),
  )
  return {
    expected: expected.join('\n'),
    actual: [...actual, ...elsewhere.map(({ location, message }) => `${location.file}: ${message}`)].join('\n'),
  }
}

function reportedIn(text: string, { location, severity, certainty, message }: Finding): Reported {
  const lines = new LineIndex(text)
  const start = lines.position(location.span.start)
  const end = lines.position(location.span.end)
  const last = end.line === start.line ? end.character : lines.line(start.line).length
  return { line: start.line, start: start.character, end: Math.max(last, start.character + 1), severity, certainty, message }
}

/** What the fix of a title does, as a diff; throws when no finding offers it or it cannot be proved. */
export function diffOfFix({ analysis, findings, files }: CaseRun, title: string): string {
  const offers = findings.flatMap((finding) => proposeFixes(analysis, finding).map((fix) => ({ finding, fix })))
  const offer = offers.find(({ fix }) => fix.title === title)
  if (!offer) {
    const titles = [...new Set(offers.map(({ fix }) => fix.title))]
    throw new Error(`No fix is titled "${title}". ${titles.length > 0 ? `There is:\n${titles.join('\n')}` : 'There is none.'}`)
  }
  const proof = prove(analysis, offer.finding, offer.fix)
  if (!proof.proved) throw new Error(`"${title}" cannot be proved: ${proof.reason}.`)
  return diffOf(analysis, offer.fix, files.length > 1)
}

/** Files are named where there are several or a new one. */
function diffOf(analysis: Analysis, fix: ProposedFix, several: boolean): string {
  const after = filesAfter(analysis.files, [fix])
  const changed = [...(after ?? [])].filter(([path, file]) => analysis.files.get(path) !== file)
  const named = several || changed.length > 1 || fix.created.length > 0
  return changed
    .map(([path, file]) => {
      const before = analysis.files.get(path)
      const from = before ? `a/${path}` : '/dev/null'
      return createTwoFilesPatch(from, `b/${path}`, before?.text ?? '', file.text, undefined, undefined, {
        context: 2,
        headerOptions: named ? FILE_HEADERS_ONLY : OMIT_HEADERS,
      })
    })
    .join('')
}
