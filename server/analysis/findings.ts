import type { KubeObject } from '../model/object.ts'
import type { AnyRule, Anchor, Severity } from '../model/rule.ts'
import { SEVERITIES } from '../model/rule.ts'
import { isDevelopment } from '../model/stage.ts'
import type { Location } from '../sources/unit.ts'
import { basename, compareText } from '../text/path.ts'
import { type Analysis, rawFindings } from './analyse.ts'
import type { RawFinding } from './engine.ts'
import { locate } from './locate.ts'
import { type Suppression, suppressionsFor } from './suppress.ts'
import { type UnusedSuppression, unusedSuppressions } from './unused.ts'

/** One finding as people see it: said once, for all environments and all files that hold the same object. */
export interface Finding {
  readonly rule: AnyRule
  readonly fingerprint: string
  readonly severity: Severity
  readonly certainty: 'certain' | 'possible'
  readonly message: string
  readonly location: Location
  readonly environments: readonly string[]
  readonly related: readonly (Location & { readonly message: string })[]
  /** Equal findings in other files come after the first, which is the one that is shown. */
  readonly occurrences: readonly RawFinding[]
}

export interface Findings {
  /** Sorted by file and position. */
  readonly findings: readonly Finding[]
  readonly suppressed: readonly { readonly finding: Finding; readonly by: Suppression }[]
  /** Suppressions without effect, in the files asked for. */
  readonly unused: readonly UnusedSuppression[]
  /** Environments where findings about absence are withheld because text is broken. */
  readonly withheld: readonly { readonly rule: string; readonly environment: string }[]
}

export interface Question {
  /** Only findings that are shown in these files; all without it. */
  readonly files?: ReadonlySet<string>
  /** Also findings at least this severe, wherever they are. */
  readonly orAtLeast?: Severity
  /** `2026-12-31`; what has expired no longer suppresses. */
  readonly today: string
}

const RELATED = 10

/** Groups, places, filters and sorts what the rules said. */
export function findingsOf(analysis: Analysis, question: Question): Findings {
  const groups = group(analysis)
  const withheld = withholdAbsence(analysis, groups)
  const placed: Finding[] = []
  for (const occurrences of groups.values()) {
    const first = occurrences[0]
    const severity = levelOf(analysis, occurrences)
    if (!first || !severity || !asked(analysis, question, first.raw, severity)) continue
    const finding = place(analysis, occurrences, severity)
    if (finding) placed.push(finding)
  }
  const findings: Finding[] = []
  const suppressed: { finding: Finding; by: Suppression }[] = []
  const used = new Map<Suppression, Set<string>>()
  for (const finding of mergeSamePlace(placed).sort(compareFindings)) {
    const matching = suppressionsFor(analysis, finding, question.today)
    const by = matching[0]
    if (by) suppressed.push({ finding, by })
    else findings.push(finding)
    for (const suppression of matching) used.set(suppression, (used.get(suppression) ?? new Set()).add(finding.rule.name))
  }
  return { findings, suppressed, unused: analysis.draft ? [] : unusedSuppressions(analysis, question, used, withheld), withheld }
}

/** Every fingerprint that a revision has, with the rule and severity behind it: what a proof compares. */
export function fingerprintsOf(analysis: Analysis): ReadonlyMap<string, AnyRule> {
  const groups = group(analysis)
  withholdAbsence(analysis, groups)
  return new Map([...groups].flatMap(([key, [first]]) => (first ? [[key, first.raw.rule]] : [])))
}

/** Whom a finding is about, wherever it is said. */
export function extentOf(analysis: Analysis, fingerprint: string): ReadonlySet<string> {
  const extent = new Set<string>()
  for (const { raw } of rawFindings(analysis))
    if (raw.fingerprint === fingerprint) for (const each of raw.found.extent ?? []) extent.add(each)
  return extent
}

interface Occurrence {
  readonly raw: RawFinding
  readonly environments: readonly string[]
}

function group(analysis: Analysis): Map<string, Occurrence[]> {
  const groups = new Map<string, Occurrence[]>()
  for (const occurrence of rawFindings(analysis)) {
    const list = groups.get(occurrence.raw.fingerprint)
    if (list) list.push(occurrence)
    else groups.set(occurrence.raw.fingerprint, [occurrence])
  }
  return groups
}

function withholdAbsence(analysis: Analysis, groups: Map<string, Occurrence[]>): Findings['withheld'] {
  const broken = new Set(analysis.environments.filter(({ model }) => model.incomplete).map(({ name }) => name))
  const withheld = new Map<string, { rule: string; environment: string }>()
  for (const [fingerprint, occurrences] of groups) {
    const first = occurrences[0]
    if (!first?.raw.rule.absence) continue
    if (mayBeMade(analysis, first.raw)) {
      groups.delete(fingerprint)
      continue
    }
    const said = new Set(occurrences.flatMap(({ environments }) => environments))
    const containing = analysis.environments.length === 1 ? [...said] : environmentsWith(analysis, first.raw.found)
    const unsure = containing.filter((name) => broken.has(name))
    for (const environment of unsure) withheld.set(`${first.raw.rule.name} ${environment}`, { rule: first.raw.rule.name, environment })
    if (unsure.length > 0 || containing.some((name) => !said.has(name))) groups.delete(fingerprint)
  }
  return [...withheld.values()]
}

/** Whether a chart makes what a rule misses in it, with other values than these. */
function mayBeMade({ units }: Analysis, { rule, found }: RawFinding): boolean {
  const unmade = units.get(found.object.unit)?.unmade
  return unmade !== undefined && (rule.nowhere?.some((kind) => unmade.has(kind)) ?? false)
}

function environmentsWith(analysis: Analysis, anchor: Anchor): string[] {
  return analysis.environments.filter(({ units }) => units.some((unit) => unit.id === anchor.object.unit)).map(({ name }) => name)
}

/** The level of its most pressing occurrence. Undefined when the profile or the configuration does not show it. */
function levelOf(analysis: Analysis, occurrences: readonly Occurrence[]): Severity | undefined {
  const levels = occurrences.map((occurrence) => severityOf(analysis, occurrence)).filter((level) => level !== undefined)
  return SEVERITIES.find((severity) => levels.includes(severity))
}

function pressure(analysis: Analysis, occurrence: Occurrence): number {
  const severity = severityOf(analysis, occurrence)
  return severity ? SEVERITIES.indexOf(severity) : SEVERITIES.length
}

function severityOf({ config }: Analysis, { raw: { rule, found }, environments }: Occurrence): Severity | undefined {
  const { profile, severities } = config
  const configured = severities.get(rule.name)
  if (configured === 'off') return undefined
  if (configured) return configured
  if (rule.strictOnly && profile !== 'strict') return undefined
  const own = found.severity ?? rule.severity
  const sure = found.certainty === 'possible' ? lower(own) : own
  const isTest = TEST_FOLDER.test(found.object.file) || (environments.length > 0 && environments.every(isDevelopment))
  const level = isTest ? (SEVERITIES[SEVERITIES.indexOf(sure) + 1] ?? sure) : sure
  if (profile === 'baseline') return level === 'error' || level === 'warning' ? level : undefined
  return profile === 'strict' && level === 'hint' ? 'information' : level
}

/** What lies in such a folder is there for tests, whatever it is applied together with. */
const TEST_FOLDER = /(^|\/)(tests?|testing|test-?data|e2e|fixtures?|mocks?)\//i

/** A possible finding is at most information. */
function lower(severity: Severity): Severity {
  return severity === 'error' || severity === 'warning' ? 'information' : 'hint'
}

function asked(analysis: Analysis, question: Question, raw: RawFinding, severity: Severity): boolean {
  const { files, orAtLeast } = question
  if (!files || files.has(raw.found.object.file)) return true
  if (orAtLeast !== undefined && SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(orAtLeast)) return true
  // A value of the object may be written in any file of its unit.
  const reads = analysis.units.get(raw.found.object.unit)?.reads ?? []
  return reads.length > 1 && reads.some((path) => files.has(path))
}

/** What several variants get from one line is one finding, although its object has another namespace or name in each. */
function mergeSamePlace(findings: readonly Finding[]): Finding[] {
  const byPlace = new Map<string, Finding>()
  for (const finding of findings) {
    const { file, span } = finding.location
    const discriminator = finding.occurrences[0]?.found.discriminator ?? ''
    const key = `${finding.rule.name}\n${file}\n${span.start}\n${span.end}\n${discriminator}`
    const known = byPlace.get(key)
    // Several objects of one environment that share a line (an alias, a template in a loop) stay apart.
    const apart = known?.environments.some((name) => finding.environments.includes(name))
    if (!known || apart) {
      byPlace.set(known ? `${key}\n${finding.fingerprint}` : key, finding)
      continue
    }
    byPlace.set(key, {
      ...known,
      environments: [...known.environments, ...finding.environments].sort(compareText),
      occurrences: [...known.occurrences, ...finding.occurrences],
    })
  }
  return [...byPlace.values()]
}

function place(analysis: Analysis, occurrences: readonly Occurrence[], severity: Severity): Finding | undefined {
  const objects = new Set<KubeObject>()
  // What makes it pressing in one environment may not be so in another: that one speaks.
  const byPressure = [...occurrences].sort((a, b) => pressure(analysis, a) - pressure(analysis, b))
  const distinct = byPressure.filter(({ raw }) => !objects.has(raw.found.object) && objects.add(raw.found.object))
  distinct.sort((a, b) => pressure(analysis, a) - pressure(analysis, b) || compareText(a.raw.found.object.file, b.raw.found.object.file))
  const first = distinct[0]
  const location = first && locate(analysis, first.raw.found)
  if (!first || !location) return undefined
  const { found, rule, fingerprint } = first.raw
  const elsewhere = distinct.slice(1).flatMap(({ raw }) => {
    const at = locate(analysis, raw.found)
    // Builds of one base have it from the same line.
    if (at?.file === location.file && at.span.start === location.span.start) return []
    return [{ ...raw.found, message: raw.found.object.id === found.object.id ? 'The same object is here too.' : 'The same is true here.' }]
  })
  const notes = [...(found.related ?? []), ...elsewhere]
  const related = notes.slice(0, RELATED).flatMap((note) => {
    const at = locate(analysis, note)
    return at ? [{ ...at, message: readable(note.message) }] : []
  })
  const more = notes.length - RELATED
  const last = related[related.length - 1]
  if (more > 0 && last) related.push({ file: last.file, span: last.span, message: `and ${more} more` })
  related.push(...valuesBehind(analysis, found, location))
  return {
    rule,
    fingerprint,
    severity,
    certainty: found.certainty ?? 'certain',
    message: readable(found.message),
    location,
    environments: [...new Set(occurrences.flatMap(({ environments }) => environments))].sort(compareText),
    related,
    occurrences: distinct.map(({ raw }) => raw),
  }
}

/** Beside a template the values that have a say in what it prints, beside a value the template. What an object is called is no matter. */
function valuesBehind(
  { units }: Analysis,
  { object, path, part, range }: Anchor,
  location: Location,
): (Location & { readonly message: string })[] {
  const unit = units.get(object.unit)
  if (unit?.kind !== 'chart' || part !== 'value' || range || path[0] === 'metadata') return []
  const [, ...others] = unit.origins(object, path)
  const inTemplate = location.file === object.file
  // Those of other layers are overruled.
  return others
    .filter(({ file, role }) => role === 'contributes' && (file === object.file) !== inTemplate && basename(file) !== 'Chart.yaml')
    .slice(0, 1)
    .map(({ file, span }) => ({ file, span, message: inTemplate ? 'This value has a say in it.' : 'It is used here.' }))
}

/** Names that are generated or unknown leave a gap. */
function readable(message: string): string {
  return message.replaceAll(/(?<!`)``(?!`)/g, '(no name)')
}

function compareFindings(a: Finding, b: Finding): number {
  return (
    compareText(a.location.file, b.location.file) ||
    a.location.span.start - b.location.span.start ||
    compareText(a.rule.name, b.rule.name) ||
    compareText(a.fingerprint, b.fingerprint)
  )
}
