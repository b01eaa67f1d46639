import { compareText } from '../text/path.ts'

/** A finding that was there when the baseline was written. All but the fingerprint is for people who read the file. */
export interface BaselineEntry {
  readonly fingerprint: string
  readonly rule: string
  /** `Kind/namespace/name` */
  readonly subject: string
  readonly file: string
}

const VERSION = 1

/** The text of a baseline: sorted, one entry a line, so that two of them merge. */
export function writeBaseline(entries: readonly BaselineEntry[]): string {
  const lines = [...entries]
    .sort(
      (a, b) =>
        compareText(a.file, b.file) ||
        compareText(a.rule, b.rule) ||
        compareText(a.subject, b.subject) ||
        compareText(a.fingerprint, b.fingerprint),
    )
    .map(({ fingerprint, rule, subject, file }) => `    ${JSON.stringify({ rule, subject, file, fingerprint })}`)
  return `{\n  "version": ${VERSION},\n  "findings": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n  `}]\n}\n`
}

/** Never throws: what is no baseline is a problem, as a sentence. */
export function readBaseline(text: string): readonly BaselineEntry[] | { readonly problem: string } {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    return { problem: 'This is no baseline: it is not JSON.' }
  }
  if (!isRecord(data) || !Array.isArray(data['findings'])) return { problem: 'This is no baseline: it has no `findings`.' }
  if (data['version'] !== VERSION) return { problem: 'This baseline is of another version: write it again.' }
  const entries = (data['findings'] as readonly unknown[]).map(entryOf)
  const wrong = entries.indexOf(undefined)
  if (wrong >= 0) return { problem: `Entry ${wrong + 1} of this baseline has no fingerprint.` }
  return entries.filter((entry) => entry !== undefined)
}

function entryOf(data: unknown): BaselineEntry | undefined {
  if (!isRecord(data)) return undefined
  const text = (key: string): string => (typeof data[key] === 'string' ? data[key] : '')
  const fingerprint = text('fingerprint')
  return fingerprint === '' ? undefined : { fingerprint, rule: text('rule'), subject: text('subject'), file: text('file') }
}

function isRecord(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}

export interface Comparison<F> {
  readonly fresh: readonly F[]
  readonly known: readonly F[]
  /** Entries that were looked for and are not there any more. */
  readonly gone: readonly BaselineEntry[]
}

/**
 * What is new since a baseline. Lines may have moved, and files been renamed, meanwhile.
 * @param lookedFor whether the finding of an entry would have been found, were it still there
 */
export function compareToBaseline<F extends { readonly fingerprint: string }>(
  entries: readonly BaselineEntry[],
  findings: readonly F[],
  lookedFor: (entry: BaselineEntry) => boolean,
): Comparison<F> {
  const before = new Set(entries.map(({ fingerprint }) => fingerprint))
  const now = new Set(findings.map(({ fingerprint }) => fingerprint))
  return {
    fresh: findings.filter(({ fingerprint }) => !before.has(fingerprint)),
    known: findings.filter(({ fingerprint }) => before.has(fingerprint)),
    gone: entries.filter((entry) => !now.has(entry.fingerprint) && lookedFor(entry)),
  }
}
