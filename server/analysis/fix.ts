import type { EnvironmentModel } from '../model/facts.ts'
import { type KubeObject, makeObject } from '../model/object.ts'
import type { Applicability, Fix, ObjectChange } from '../model/rule.ts'
import { equal } from '../model/value.ts'
import type { FileEdit, Files, Rewriting, SourceFile, Unit } from '../sources/unit.ts'
import { applyEdits } from '../text/edit.ts'
import { hash } from '../text/hash.ts'
import { compareText } from '../text/path.ts'
import { type Span, touches } from '../text/span.ts'
import { type AnalysedEnvironment, type Analysis, analyse, unitsReading } from './analyse.ts'
import type { RawFinding } from './engine.ts'
import { extentOf, type Finding, fingerprintsOf } from './findings.ts'

/** A fix as the front ends write it. Not yet proved. */
export interface ProposedFix {
  readonly title: string
  readonly applicability: Applicability
  readonly leaves: readonly string[]
  /** See `Fix.lessens`. */
  readonly lessens: boolean
  readonly edits: readonly FileEdit[]
  readonly created: readonly { readonly file: string; readonly text: string }[]
  /** Stable within a finding: what a client sends back to ask for the edit. */
  readonly key: string
}

export type Proof = { readonly proved: true; readonly analysis: Analysis } | { readonly proved: false; readonly reason: string }

/**
 * The ways out of a finding, best first. A finding that stands on equal objects in several files is mended
 * in all of them. What a front end refuses is left out.
 */
export function proposeFixes(analysis: Analysis, finding: Finding): readonly ProposedFix[] {
  const [first, ...others] = finding.occurrences
  if (!first) return []
  const proposals: ProposedFix[] = []
  for (const { fix, twins } of pairedFixes(analysis, first, others)) {
    const stated = [fix, ...twins].flatMap(({ changes }) => changes)
    const changes = withTwins(analysis, stated)
    for (const rewriting of rewrite(analysis, changes)) {
      const files = new Set([...rewriting.edits.map((edit) => edit.file), ...rewriting.created.map(({ file }) => file)])
      const suffix = rewriting.suffix || (files.size > 1 && changes.length > fix.changes.length ? `in ${files.size} files` : '')
      const title = suffix ? `${fix.title} (${suffix})` : fix.title
      proposals.push({
        title,
        applicability: fix.applicability,
        leaves: fix.leaves ?? [],
        lessens: fix.lessens ?? false,
        edits: rewriting.edits,
        created: rewriting.created,
        key: hash(`${finding.fingerprint}\n${title}`),
      })
    }
  }
  return proposals
}

/** The ways out as the rule states them, without their edits: what a list shows. A front end may still refuse one. */
export function statedFixes(analysis: Analysis, { occurrences }: Finding): readonly Pick<Fix, 'title' | 'applicability'>[] {
  const [first, ...others] = occurrences
  if (!first) return []
  return pairedFixes(analysis, first, others).map(({ fix }) => fix)
}

/**
 * The fixes of the first occurrence with those of the others that do the same; what the title says behind its
 * colon may differ, and what asks for a choice anywhere asks for it.
 */
function pairedFixes(analysis: Analysis, first: RawFinding, others: readonly RawFinding[]): { fix: Fix; twins: readonly Fix[] }[] {
  const offers = others.map((other) => fixesOf(analysis, other))
  return fixesOf(analysis, first).flatMap((fix, i) => {
    const twins = offers.flatMap((fixes) => {
      const same = fixes.find(({ title }) => title === fix.title) ?? fixes.find(({ title }) => deed(title) === deed(fix.title))
      const twin = same ?? (fixes[i]?.applicability === fix.applicability ? fixes[i] : undefined)
      return twin ? [twin] : []
    })
    return twins.length === others.length
      ? [{ fix: { ...fix, title: weakest([fix, ...twins]).title, applicability: weakest([fix, ...twins]).applicability }, twins }]
      : []
  })
}

/** What a title says that is done. */
function deed(title: string): string {
  return title.replace(/: .*$/s, '')
}

/** Of fixes that are one, the one that promises least. */
function weakest(fixes: readonly Fix[]): Pick<Fix, 'title' | 'applicability'> {
  const promise = ({ applicability }: Fix): number => ['safe', 'hardening', 'assisted'].indexOf(applicability)
  return fixes.reduce((least, fix) => (promise(fix) > promise(least) ? fix : least))
}

function fixesOf(analysis: Analysis, raw: RawFinding): readonly Fix[] {
  const model = modelOf(analysis, raw)
  return model ? analysis.engine.fixesOf(raw, model).filter(({ changes }) => !changes.some((change) => isOutOfPlace(analysis, change))) : []
}

/** Only charts have switches. */
function isOutOfPlace({ units }: Analysis, change: ObjectChange): boolean {
  return change.op === 'remove' && change.switched === true && units.get(change.object.unit)?.kind !== 'chart'
}

/** The environment in which the rule said it; any that holds the object when the rule looked at the object alone. */
function modelOf(analysis: Analysis, raw: RawFinding): EnvironmentModel | undefined {
  const saying = analysis.environments.find(({ results }) => results.byRule.get(raw.rule)?.results.findings.includes(raw))
  return (saying ?? analysis.environments.find((environment) => hasUnit(environment, raw.found.object.unit)))?.model
}

const unitIds = new WeakMap<AnalysedEnvironment, ReadonlySet<string>>()

function hasUnit(environment: AnalysedEnvironment, id: string): boolean {
  let ids = unitIds.get(environment)
  if (!ids) {
    ids = new Set(environment.units.map((unit) => unit.id))
    unitIds.set(environment, ids)
  }
  return ids.has(id)
}

/** An object that several manifests define alike stays alike: otherwise a fix would only tell them apart. */
function withTwins(analysis: Analysis, changes: readonly ObjectChange[]): readonly ObjectChange[] {
  const touched = new Set(changes.flatMap((change) => (change.op === 'create' ? [] : [change.object])))
  return changes.flatMap((change): ObjectChange[] => {
    if (change.op === 'create' || !analysis.shared.has(change.object.id)) return [change]
    const twins = twinsOf(analysis, change.object).filter((twin) => !touched.has(twin))
    return [change, ...twins.map((object) => ({ ...change, object }))]
  })
}

function twinsOf(analysis: Analysis, object: KubeObject): KubeObject[] {
  return [...analysis.units.values()].flatMap((unit) =>
    unit.kind === 'manifest'
      ? unit.objects.filter((other) => other !== object && other.id === object.id && equal(other.body, object.body))
      : [],
  )
}

/** All changes together, or nothing: every unit writes its own part. */
function rewrite(analysis: Analysis, changes: readonly ObjectChange[]): readonly Rewriting[] {
  const byUnit = new Map<Unit, ObjectChange[]>()
  for (const change of changes) {
    const unit = analysis.units.get(change.op === 'create' ? change.beside.unit : change.object.unit)
    if (!unit) return []
    const list = byUnit.get(unit)
    if (list) list.push(change)
    else byUnit.set(unit, [change])
  }
  const parts: Rewriting[][] = []
  for (const [unit, own] of byUnit) {
    const result = unit.rewrite(own)
    if ('refused' in result) return []
    const asked = new Set(byUnit.keys())
    const possible = result.filter((rewriting) => !collides(analysis, asked, own, rewriting))
    if (possible.length === 0) return []
    parts.push(ownFirst(analysis, asked, possible))
  }
  const [first, ...others] = parts
  if (!first || others.length === 0) return first ?? []
  // What every unit would write the same way (a base that all variants share) is written once.
  const common = first.filter((rewriting) => others.every((part) => part.some((other) => sameRewriting(rewriting, other))))
  // Otherwise each unit writes what most of the others would write too, and where none would, its own best.
  const best = parts.map((alternatives) => {
    const shared = (rewriting: Rewriting): number => parts.filter((part) => part.some((other) => sameRewriting(rewriting, other))).length
    return alternatives.reduce((kept, other) => (shared(other) > shared(kept) ? other : kept))
  })
  const each = {
    edits: distinct(best.flatMap((part) => part.edits)),
    created: distinct(best.flatMap((part) => part.created)),
    suffix: '',
  }
  if (common.length > 0) return common
  // Of one new file there is one text. The fullest may serve all, whatever it leaves to conditions: its proof tells.
  if (overwrites(each.created)) return fullest(parts.flat())
  // Units that want different things of one place (what is known differs between environments) cannot both be served.
  return disagree(each.edits) ? [] : [each]
}

/** Of those that are told apart by nothing the one that writes most. */
function fullest(all: readonly Rewriting[]): readonly Rewriting[] {
  const bySize = [...all].sort((a, b) => sizeOf(b) - sizeOf(a))
  return bySize.filter(({ suffix }, i) => bySize.findIndex((other) => other.suffix === suffix) === i).slice(0, MAX_ALONE)
}

const MAX_ALONE = 3

function sizeOf({ edits, created }: Rewriting): number {
  return [...edits, ...created].reduce((sum, { text }) => sum + text.length, 0)
}

function overwrites(created: Rewriting['created']): boolean {
  return new Set(created.map(({ file }) => file)).size < created.length
}

function disagree(edits: readonly FileEdit[]): boolean {
  const sorted = [...edits].sort((a, b) => compareText(a.file, b.file) || a.span.start - b.span.start || a.span.end - b.span.end)
  return sorted.some((edit, i) => {
    const before = sorted[i - 1]
    return before !== undefined && before.file === edit.file && before.span.end > edit.span.start
  })
}

/** What other units read too, and nobody asked about, is written last: an overlay before the base that it shares. */
function ownFirst(analysis: Analysis, asked: ReadonlySet<Unit>, rewritings: readonly Rewriting[]): Rewriting[] {
  const reachesOthers = ({ edits }: Rewriting): boolean =>
    edits.some(({ file }) => unitsReading(analysis, file).some((unit) => !asked.has(unit)))
  return [...rewritings].sort((a, b) => Number(reachesOthers(a)) - Number(reachesOthers(b)))
}

/** Whether a unit that nobody asked about reads what is edited, and has such an object as is created there already. */
function collides(analysis: Analysis, asked: ReadonlySet<Unit>, changes: readonly ObjectChange[], { edits }: Rewriting): boolean {
  const created = changes.flatMap((change) => (change.op === 'create' ? (makeObject(change.body, '', '') ?? []) : []))
  if (created.length === 0) return false
  const others = new Set(edits.flatMap(({ file }) => unitsReading(analysis, file)).filter((unit) => !asked.has(unit)))
  // A build may set the namespace.
  const same = (a: KubeObject, b: KubeObject): boolean => a.groupKind === b.groupKind && a.name === b.name
  return [...others].some(({ objects }) => objects.some((object) => created.some((other) => same(object, other))))
}

function sameRewriting(a: Rewriting, b: Rewriting): boolean {
  return JSON.stringify([a.edits, a.created]) === JSON.stringify([b.edits, b.created])
}

function distinct<T>(list: readonly T[]): T[] {
  return [...new Map(list.map((item) => [JSON.stringify(item), item])).values()]
}

/** The files after a fix; undefined when it would overwrite a file that it means to create. */
export function filesAfter(files: Files, fixes: readonly Pick<ProposedFix, 'edits' | 'created'>[]): Files | undefined {
  const result = new Map(files)
  const edits = new Map<string, FileEdit[]>()
  for (const edit of fixes.flatMap((fix) => fix.edits)) {
    const list = edits.get(edit.file)
    if (list) list.push(edit)
    else edits.set(edit.file, [edit])
  }
  for (const [path, list] of edits) {
    const file = files.get(path)
    if (!file) return undefined
    const text = applyEdits(
      file.text,
      list.map(({ span, text }) => ({ ...span, text })),
    )
    result.set(path, { ...file, text })
  }
  let added = false
  for (const { file: path, text } of fixes.flatMap((fix) => fix.created)) {
    if (files.has(path)) return undefined
    const file: SourceFile = { path, text }
    result.set(path, file)
    added = true
  }
  return added ? new Map([...result].sort(([a], [b]) => compareText(a, b))) : result
}

/**
 * Applies a fix to a copy of the workspace and analyses it again: the finding must be gone, or about fewer where
 * the fix says so, the only new
 * findings may be of rules that the fix names, and no text may be broken.
 */
export function prove(analysis: Analysis, finding: Pick<Finding, 'fingerprint'>, fix: ProposedFix): Proof {
  const files = filesAfter(analysis.files, [fix])
  if (!files) return { proved: false, reason: 'a file that it creates exists' }
  const after = analyse(files, analysis.config, analysis.engine.rules, analysis)
  const then = fingerprintsOf(after)
  if (then.has(finding.fingerprint) && !(fix.lessens && isLess(finding.fingerprint, analysis, after)))
    return { proved: false, reason: 'the finding would stay' }
  const now = fingerprintsOf(analysis)
  for (const [fingerprint, rule] of then) {
    if (!now.has(fingerprint) && !fix.leaves.includes(rule.name)) return { proved: false, reason: `it would bring ${rule.name}` }
  }
  if (after.problems.length > analysis.problems.length) return { proved: false, reason: 'it would break the text' }
  return { proved: true, analysis: after }
}

/** Whether a finding is about some of those that it was about, and about nobody else. */
function isLess(fingerprint: string, before: Analysis, after: Analysis): boolean {
  const [was, is] = [extentOf(before, fingerprint), extentOf(after, fingerprint)]
  return is.size < was.size && [...is].every((each) => was.has(each))
}

/** Which findings to fix, and how, at any revision on the way. */
export interface FixChoice {
  list(analysis: Analysis): readonly Finding[]
  pick(fixes: readonly ProposedFix[]): ProposedFix | undefined
  /** Told how many findings are dealt with. */
  progress?(done: number): void
}

interface Chosen {
  readonly finding: Finding
  readonly fix: ProposedFix
}

/**
 * Fixes of several findings as one change, proved on what the ones before them leave; those that cannot be
 * proved are left out. Fixes that do not meet are proved together, and by halves where that fails.
 */
export function fixTogether(
  analysis: Analysis,
  fingerprints: readonly string[],
  { list, pick, progress }: FixChoice,
): { analysis: Analysis; fixed: readonly Chosen[] } {
  let at = analysis
  let done = 0
  const fixed: Chosen[] = []
  const choose = (open: readonly string[]): Chosen[] => {
    const findings = new Map(list(at).map((finding) => [finding.fingerprint, finding]))
    return open.flatMap((fingerprint) => {
      const finding = findings.get(fingerprint)
      const fix = finding && pick(proposeFixes(at, finding))
      return finding && fix ? [{ finding, fix }] : []
    })
  }
  const solve = (fingerprints: readonly string[]): void => {
    for (let open = fingerprints; open.length > 0; ) {
      const { batch, rest } = apartFrom(choose(open))
      const [first] = batch
      if (!first) return
      const proof = batch.length === 1 ? prove(at, first.finding, first.fix) : proveTogether(at, batch)
      if (proof.proved) {
        at = proof.analysis
        fixed.push(...batch)
      } else if (batch.length > 1) {
        const half = batch.length >> 1
        for (const part of [batch.slice(0, half), batch.slice(half)]) solve(part.map(({ finding }) => finding.fingerprint))
      }
      if (proof.proved || batch.length === 1) {
        done += batch.length
        progress?.(done)
      }
      open = rest.map(({ finding }) => finding.fingerprint)
    }
  }
  solve(fingerprints)
  return { analysis: at, fixed }
}

/** Fixes whose edits do not meet and which may leave the same behind; then the others. */
function apartFrom(chosen: readonly Chosen[]): { batch: readonly Chosen[]; rest: readonly Chosen[] } {
  const batch: Chosen[] = []
  const rest: Chosen[] = []
  const leaves = leavesOf(chosen[0])
  const taken = new Map<string, Span[]>()
  for (const one of chosen) {
    const { edits, created } = one.fix
    const spans = [...edits, ...created.map(({ file }) => ({ file, span: { start: 0, end: Number.POSITIVE_INFINITY } }))]
    const meets = spans.some(({ file, span }) => taken.get(file)?.some((other) => touches(span, other)))
    if (meets || leavesOf(one) !== leaves) {
      rest.push(one)
      continue
    }
    batch.push(one)
    for (const { file, span } of spans) taken.set(file, [...(taken.get(file) ?? []), span])
  }
  return { batch, rest }
}

function leavesOf(chosen: Chosen | undefined): string {
  return [...(chosen?.fix.leaves ?? [])].sort(compareText).join()
}

/** For fixes that may leave the same behind. */
function proveTogether(analysis: Analysis, batch: readonly Chosen[]): Proof {
  const files = filesAfter(
    analysis.files,
    batch.map(({ fix }) => fix),
  )
  if (!files) return { proved: false, reason: 'a file that one of them creates exists' }
  const after = analyse(files, analysis.config, analysis.engine.rules, analysis)
  const then = fingerprintsOf(after)
  const now = fingerprintsOf(analysis)
  const gone = batch.every(({ finding }) => !then.has(finding.fingerprint))
  const leaves = batch[0]?.fix.leaves ?? []
  const named = [...then].every(([fingerprint, rule]) => now.has(fingerprint) || leaves.includes(rule.name))
  return gone && named && after.problems.length <= analysis.problems.length
    ? { proved: true, analysis: after }
    : { proved: false, reason: 'one of them cannot be proved' }
}
