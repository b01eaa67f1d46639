import { SEVERITIES } from '../../server/model/rule.ts'

/**
 * Marker lines: comments whose carets stand under what is reported in the line above, as in
 *
 *     privileged: true
 *     #           ^^^^ (warning) part of the message
 *
 * Where nothing stands between `#` and the carets, the `#` counts as one of them.
 */
export interface Marker {
  /** Zero-based line of the text without markers. */
  readonly line: number
  readonly start: number
  readonly end: number
  /** Severities and certainties that are asserted. */
  readonly asserted: readonly string[]
  /** What the message must contain. */
  readonly message: string
  /** The marker as it is written. */
  readonly source: string
}

/** What is reported, in terms of one text without markers. A range of several lines counts up to the end of its first. */
export interface Reported {
  readonly line: number
  readonly start: number
  readonly end: number
  readonly severity: string
  readonly certainty: string
  readonly message: string
}

const MARKER = /^(\s*)(#|\/\/)([ \t]*)(\^+)(?:\s+(\S.*?))?\s*$/
const KNOWN: readonly string[] = [...SEVERITIES, 'possible', 'certain']

/** Takes the marker lines out of a block. Throws when one marks nothing or asserts a level that there is not. */
export function readMarkers(block: string): { text: string; markers: readonly Marker[] } {
  const lines: string[] = []
  const markers: Marker[] = []
  for (const source of block.split('\n')) {
    const match = MARKER.exec(source)
    if (!match) {
      lines.push(source)
      continue
    }
    const [, indent = '', sign = '', blank = '', carets = '', rest = ''] = match
    if (lines.length === 0) throw new Error(`There is no line above the marker "${source}".`)
    const first = indent.length + sign.length + blank.length
    const { asserted, message } = readAssertions(rest)
    markers.push({
      line: lines.length - 1,
      start: blank === '' ? indent.length : first,
      end: first + carets.length,
      asserted,
      message,
      source,
    })
  }
  return { text: lines.join('\n'), markers }
}

function readAssertions(rest: string): { asserted: string[]; message: string } {
  const match = /^((?:\([\w, ]+\)\s*)*)(.*)$/.exec(rest)
  const asserted = (match?.[1] ?? '').split(/[(),\s]+/).filter((word) => word !== '')
  // Other words in parentheses are the beginning of a message.
  return asserted.every((word) => KNOWN.includes(word)) ? { asserted, message: match?.[2] ?? '' } : { asserted: [], message: rest }
}

/**
 * The block as it would have to be written for what is reported: markers that hold stay as they are, others
 * are gone, and what has no marker gets one. Equal to the block exactly when every marker is met.
 */
export function renderReported(text: string, markers: readonly Marker[], reported: readonly Reported[]): string {
  const open = new Set(reported)
  const kept = markers.filter((marker) => {
    const met = [...open].find((each) => meets(each, marker))
    if (met) open.delete(met)
    return met !== undefined
  })
  return text
    .split('\n')
    .flatMap((line, i) => [
      line,
      ...kept.filter((marker) => marker.line === i).map(({ source }) => source),
      ...[...open].filter((each) => each.line === i).map(write),
    ])
    .join('\n')
}

function meets(reported: Reported, marker: Marker): boolean {
  return (
    reported.line === marker.line &&
    reported.start === marker.start &&
    reported.end === marker.end &&
    marker.asserted.every((word) => word === reported.severity || word === reported.certainty) &&
    reported.message.includes(marker.message)
  )
}

function write({ start, end, severity, certainty, message }: Reported): string {
  const levels = certainty === 'possible' ? `(possible) (${severity})` : `(${severity})`
  const carets =
    start < 2
      ? `#${' '.repeat(start)}${'^'.repeat(end - start - (start === 0 ? 1 : 0))}`
      : `#${' '.repeat(start - 1)}${'^'.repeat(end - start)}`
  return `${carets} ${levels} ${message}`
}
