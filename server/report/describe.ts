import type { Analysis } from '../analysis/analyse.ts'
import type { Finding } from '../analysis/findings.ts'
import { proposeFixes, prove, statedFixes } from '../analysis/fix.ts'
import { subjectType } from '../model/object.ts'
import type { Anchor } from '../model/rule.ts'
import type { Location } from '../sources/unit.ts'
import { LineIndex } from '../text/line-index.ts'
import { type Care, excerptOf } from './excerpt.ts'
import type { Place, ReportFinding, ReportFix } from './model.ts'

export type Places = (location: Location) => Place & { readonly line: string }

/** Offsets to lines, with every file's lines counted once. */
export function placesOf(analysis: Analysis): Places {
  const indexes = new Map<string, LineIndex>()
  return ({ file, span }) => {
    const known = indexes.get(file)
    const index = known ?? new LineIndex(analysis.files.get(file)?.text ?? '')
    if (!known) indexes.set(file, index)
    const start = index.position(span.start)
    const end = index.position(Math.max(span.start, span.end))
    return {
      file,
      start: { line: start.line + 1, column: start.character + 1 },
      end: { line: end.line + 1, column: end.character + 1 },
      line: index.line(start.line),
    }
  }
}

export function placeOnly({ file, start, end }: Place): Place {
  return { file, start, end }
}

/** Below these keys any value may be a secret. */
const DATA: ReadonlySet<string | number> = new Set(['annotations', 'binaryData', 'data', 'env', 'httpHeaders', 'stringData'])
/** So may these, but what rules mark there are flags. */
const ARGUMENTS: ReadonlySet<string | number> = new Set(['args', 'command'])
/** Names of fields that hold a credential, and not the name of the object that does. */
const CREDENTIAL = /(?:pass(?:word|phrase|wd)?|secret|token|credentials?|key|auth(?:orization)?)$/i

/** A rule that marks a part of a value has chosen what is seen. */
function careOf({ object, path, range }: Anchor): Care {
  const data = object.kind === 'Secret' || path.some((step) => DATA.has(step))
  const last = path.findLast((step) => typeof step === 'string') ?? ''
  const isArgument = path.some((step) => ARGUMENTS.has(step))
  const mark = range ? 'shown' : data || CREDENTIAL.test(last) ? 'hidden' : isArgument ? 'flag' : 'shown'
  return { sensitive: data || isArgument, mark }
}

/** A finding as data, without its fixes. */
export function describe(places: Places, finding: Finding): Omit<ReportFinding, 'fixes'> {
  const { line, ...place } = places(finding.location)
  const anchor = finding.occurrences[0]?.found
  const { apiVersion = '', kind = '', namespace = '', name = '' } = anchor?.object ?? {}
  const care = anchor ? careOf(anchor) : { sensitive: true, mark: 'hidden' as const }
  const end = place.end.line === place.start.line ? place.end.column - 1 : line.length
  return {
    rule: finding.rule.name,
    pillar: finding.rule.pillar,
    severity: finding.severity,
    certainty: finding.certainty,
    message: finding.message,
    ...place,
    subject: {
      type: anchor ? subjectType(anchor.object) : 'object',
      address: [kind, namespace, name].filter((part) => part !== '').join('/'),
      object: { apiVersion, kind, namespace, name },
    },
    path: anchor?.path ?? [],
    environments: finding.environments,
    related: unique(finding.related.map((note) => ({ ...placeOnly(places(note)), message: note.message }))),
    fingerprint: finding.fingerprint,
    excerpt: excerptOf(line, place.start.column - 1, end, care),
  }
}

/** Two notes of a rule may say the same of the same place; SARIF forbids it, and nobody reads it twice. */
function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
}

/** The ways out as they are stated; with `wanted` each is written and proved, which takes an analysis. */
export function fixesOf(places: Places, analysis: Analysis, finding: Finding, wanted: boolean): ReportFix[] {
  if (!wanted) {
    return statedFixes(analysis, finding).map(({ title, applicability }) => ({
      title,
      applicability,
      proved: false,
      edits: [],
      created: [],
    }))
  }
  return proposeFixes(analysis, finding).map((fix) => {
    const { proved } = prove(analysis, finding, fix)
    return {
      title: fix.title,
      applicability: fix.applicability,
      proved,
      edits: proved ? fix.edits.map((edit) => ({ ...placeOnly(places(edit)), text: edit.text })) : [],
      created: proved ? fix.created : [],
    }
  })
}
