import { describe, expect, it } from 'vitest'
import { rules } from '../../rules/index.ts'
import type { Analysis } from '../../server/analysis/analyse.ts'
import { extentOf, findingsOf, fingerprintsOf } from '../../server/analysis/findings.ts'
import { filesAfter, type ProposedFix, proposeFixes, prove } from '../../server/analysis/fix.ts'
import type { Files } from '../../server/sources/unit.ts'
import { commentsOf } from '../../server/syntax/yaml/index.ts'
import { contains, type Span } from '../../server/text/span.ts'
import { analyseFiles, TODAY } from '../rules/spec.ts'
import { inStyle, PLAIN, STYLES } from './styles.ts'
import { corpusWorkspaces, pageWorkspaces, type TestWorkspace } from './workspaces.ts'

const styles = Object.keys(STYLES)

/** Builds and charts name their files, and are themselves written in YAML alone. */
const isPlain = ({ files }: TestWorkspace): boolean =>
  !files.some(({ path }) => /(^|\/)(kustomization\.ya?ml|Chart\.yaml)$|\.tf$/.test(path))
const stylesOf = (workspace: TestWorkspace): readonly string[] => (isPlain(workspace) ? styles : [PLAIN])

describe.each(pageWorkspaces())('$name', (workspace) => {
  it.each(stylesOf(workspace))('every fix keeps its promise, %s', (style) => {
    // The other rules have pages of their own.
    const asked = (rule: string): boolean => style === PLAIN || rule === workspace.rule
    expect(checkFixes(inStyle(workspace, style), 1, asked).unproved).toEqual([])
  })

  it('is judged the same in every style', () => {
    const judged = (style: string): readonly string[] =>
      findingsOf(analyseFiles(rules, inStyle(workspace, style).files), { today: TODAY })
        .findings.map(({ rule, severity, message }) => `${rule.name} ${severity} ${message}`)
        .sort()
    for (const style of stylesOf(workspace)) expect(judged(style), style).toEqual(judged(PLAIN))
  })
})

const collections = corpusWorkspaces()

if (collections.length > 0)
  describe('on real manifests', () => {
    const proved: string[] = []
    const unproved: string[] = []
    it.each(collections)('every fix that is offered keeps its promise in $name', { timeout: 120_000 }, (workspace) => {
      const checked = checkFixes(workspace, 20)
      proved.push(...checked.proved)
      unproved.push(...checked.unproved)
    })
    it('there are many, and few that cannot be offered', () => {
      expect(proved.length).toBeGreaterThan(30)
      expect(unproved.length, unproved.join('\n')).toBeLessThan(proved.length / 20)
    })
  })

/** At most 40 of a list, evenly; `ALL=1` takes all. */
function sample<T>(list: readonly T[]): readonly T[] {
  const step = process.env['ALL'] === '1' ? 1 : Math.ceil(list.length / 40)
  return list.filter((_, i) => i % step === 0)
}

/** Checks all fixes of a sample of the findings, every `step`th of them in a fresh run too. What cannot be proved is offered to nobody. */
function checkFixes(
  { files }: TestWorkspace,
  step: number,
  asked: (rule: string) => boolean = () => true,
): { proved: string[]; unproved: string[] } {
  const analysis = analyseFiles(rules, files)
  const checked = { proved: [] as string[], unproved: [] as string[] }
  for (const finding of sample(findingsOf(analysis, { today: TODAY }).findings)) {
    if (!asked(finding.rule.name)) continue
    const proposed = proposeFixes(analysis, finding)
    const ways = new Set<string>()
    const refused: { way: string; what: string }[] = []
    for (const fix of proposed) {
      const what = `${finding.rule.name} in ${finding.location.file}: ${fix.title}`
      const proof = prove(analysis, finding, fix)
      if (!proof.proved) {
        refused.push({ way: wayOf(fix), what: `${what}: ${proof.reason}` })
        continue
      }
      ways.add(wayOf(fix))
      const after = filesAfter(analysis.files, [fix])
      if (!after) throw new Error(`${what} cannot be applied`)
      checkTexts(analysis, fix, after, what)
      if (checked.proved.push(what) % step === 1 % step) checkAfresh(analysis, finding.fingerprint, fix, after, what)
    }
    // Of the layers in which a fix can be written one is enough.
    checked.unproved.push(...refused.flatMap(({ way, what }) => (ways.has(way) ? [] : [what])))
  }
  return checked
}

/** What a fix does, whichever layer it is written in. */
function wayOf({ title }: ProposedFix): string {
  return title.replace(/ \((in|for) [^()]*\)$/, '')
}

function checkTexts(analysis: Analysis, fix: ProposedFix, after: Files, what: string): void {
  for (const [path, file] of after) {
    const before = analysis.files.get(path)
    if (!before || before === file) continue
    const kept = comments(file.text).map(({ text }) => text)
    // What goes takes its own comments along; nothing that is changed loses one.
    const gone = (span: Span): boolean =>
      fix.edits.some((edit) => edit.file === path && contains(edit.span, span) && !edit.text.includes(ownerOf(before.text, span)))
    const lost = comments(before.text).filter(({ text, span }) => !kept.includes(text) && !gone(span))
    expect(lost, `${what}: lost comments`).toEqual([])
    if (before.text.includes('\r\n')) expect(file.text.replaceAll('\r\n', '').includes('\n'), `${what}: line ends`).toBe(false)
  }
  for (const { file, span, text } of fix.edits) {
    const old = analysis.files.get(file)?.text.slice(span.start, span.end) ?? ''
    expect(sharedLine(old, text), `${what}: an edit reaches no further than it must`).toBe(undefined)
  }
}

function checkAfresh(analysis: Analysis, fingerprint: string, fix: ProposedFix, after: Files, what: string): void {
  const fresh = analyseFiles(rules, [...after.values()])
  const [now, then] = [fingerprintsOf(analysis), fingerprintsOf(fresh)]
  const stays = then.has(fingerprint) && !(fix.lessens && extentOf(fresh, fingerprint).size < extentOf(analysis, fingerprint).size)
  expect(stays, `${what}: stays`).toBe(false)
  const added = [...then].filter(([key]) => !now.has(key)).map(([, rule]) => rule.name)
  expect(
    added.filter((rule) => !fix.leaves.includes(rule)),
    `${what}: brings`,
  ).toEqual([])
  expect(fresh.problems, what).toEqual(analysis.problems)
}

function comments(text: string): readonly { readonly text: string; readonly span: Span }[] {
  return commentsOf(text).map(({ span }) => {
    const comment = text.slice(span.start, span.end).trimEnd()
    return { text: comment, span: { start: span.start, end: span.start + comment.length } }
  })
}

/** The key, or else the line, that a comment stands behind or above. */
function ownerOf(text: string, { start }: Span): string {
  const lines = text.slice(text.lastIndexOf('\n', start) + 1).split('\n')
  const code = lines.map((line) => line.replace(/(^|\s)#.*/, '').trim()).find((line) => line !== '') ?? ''
  return /^(?:- )*("?[\w./-]+"?:)/.exec(code)?.[1] ?? code
}

/** The first whole line that an edit takes away and writes again, at its beginning or end. */
function sharedLine(old: string, text: string): string | undefined {
  const [a, b] = [old.split('\n'), text.split('\n')]
  if (a.length < 2 || b.length < 2) return undefined
  return a[0] === b[0] ? a[0] : a.at(-1) === b.at(-1) && a.at(-1) !== '' ? a.at(-1) : undefined
}
