/** A version as Masterminds/semver reads it. */
export interface Version {
  readonly major: bigint
  readonly minor: bigint
  readonly patch: bigint
  readonly pre: string
  readonly metadata: string
  readonly original: string
}

const VERSION = /^v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?(-([0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*))?(\+([0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*))?$/
const MAX_SEGMENT = 2n ** 64n - 1n

/** `semver.NewVersion`. A string says why it is none. */
export function parseVersion(text: string): Version | string {
  const match = VERSION.exec(text)
  if (!match) return 'Invalid Semantic Version'
  const [major, minor, patch] = [match[1] ?? '0', match[2]?.slice(1) ?? '0', match[3]?.slice(1) ?? '0'].map(BigInt)
  if (major === undefined || minor === undefined || patch === undefined) return 'Invalid Semantic Version'
  for (const segment of [major, minor, patch]) {
    if (segment > MAX_SEGMENT) return `Error parsing version segment: strconv.ParseUint: parsing "${segment}": value out of range`
  }
  const pre = match[5] ?? ''
  if (pre.split('.').some((part) => /^0\d+$/.test(part))) return 'Version segment starts with 0'
  return { major, minor, patch, pre, metadata: match[8] ?? '', original: text }
}

export function printVersion({ major, minor, patch, pre, metadata }: Version): string {
  return `${major}.${minor}.${patch}${pre === '' ? '' : `-${pre}`}${metadata === '' ? '' : `+${metadata}`}`
}

export function compareVersions(a: Version, b: Version): number {
  for (const part of ['major', 'minor', 'patch'] as const) if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1
  if (a.pre === b.pre) return 0
  if (a.pre === '' || b.pre === '') return a.pre === '' ? 1 : -1
  return comparePrerelease(a.pre, b.pre)
}

function comparePrerelease(a: string, b: string): number {
  const left = a.split('.')
  const right = b.split('.')
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const compared = comparePart(left[i] ?? '', right[i] ?? '')
    if (compared !== 0) return compared
  }
  return 0
}

function comparePart(a: string, b: string): number {
  if (a === b) return 0
  if (a === '' || b === '') return a === '' ? -1 : 1
  const numeric = [/^\d+$/.test(a), /^\d+$/.test(b)] as const
  if (numeric[0] && numeric[1]) return BigInt(a) > BigInt(b) ? 1 : -1
  if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1
  return a > b ? 1 : -1
}

interface Constraint {
  readonly operator: string
  readonly version: Version
  /** What was left out or is an x. */
  readonly dirty: boolean
  readonly minorDirty: boolean
  readonly patchDirty: boolean
}

const OPERATORS = '=||!=|>|<|>=|=>|<=|=<|~|~>|\\^'
const LOOSE =
  'v?([0-9|x|X|*]+)(\\.[0-9|x|X|*]+)?(\\.[0-9|x|X|*]+)?(-([0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*))?(\\+([0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*))?'
const ONE = new RegExp(`^\\s*(${OPERATORS})\\s*(${LOOSE})\\s*$`)
const RANGE = new RegExp(`\\s*(${LOOSE})\\s+-\\s+(${LOOSE})\\s*`, 'g')
const MAX_CONSTRAINT = 1000

/** `semver.NewConstraint`: alternatives of constraints that must all hold. A string says why it is none. */
export function parseConstraint(text: string): readonly (readonly Constraint[])[] | string {
  if (text.length > MAX_CONSTRAINT) return `improper constraint: ${text}`
  const spelled = text.replace(RANGE, (...groups: unknown[]) => `>= ${String(groups[1])}, <= ${String(groups[11])} `)
  const alternatives: Constraint[][] = []
  for (const alternative of spelled.split('||')) {
    const parts = splitConstraints(alternative)
    if (!parts) return `improper constraint: ${alternative}`
    const constraints: Constraint[] = []
    for (const part of parts) {
      const constraint = parseOne(part)
      if (typeof constraint === 'string') return constraint
      constraints.push(constraint)
    }
    alternatives.push(constraints)
  }
  return alternatives
}

/** Constraints stand side by side, with spaces or a comma between them. Undefined when something else is there. */
function splitConstraints(text: string): string[] | undefined {
  const part = new RegExp(
    `\\s*(?:${OPERATORS.split('|')
      .filter(Boolean)
      .sort((a, b) => b.length - a.length)
      .join('|')}|)\\s*${LOOSE}`,
    'y',
  )
  const separator = /\s*,\s*|\s+/y
  const parts: string[] = []
  let at = 0
  for (;;) {
    part.lastIndex = at
    const match = part.exec(text)
    if (!match) return undefined
    parts.push(match[0].trim())
    at = part.lastIndex
    if (/^\s*$/.test(text.slice(at))) return parts
    separator.lastIndex = at
    if (!separator.test(text)) return undefined
    at = separator.lastIndex
  }
}

function parseOne(text: string): Constraint | string {
  const match = ONE.exec(text)
  if (!match) return `improper constraint: ${text}`
  const [, operator = '', , major = '', minor = '', patch = '', pre = ''] = match
  const isAny = (part: string): boolean => part === '' || /^\.?[xX*]$/.test(part)
  let written = match[2] ?? ''
  let [dirty, minorDirty, patchDirty] = [false, false, false]
  if (isAny(major)) [written, dirty] = [`0.0.0${pre}`, true]
  else if (isAny(minor)) [written, dirty, minorDirty] = [`${major}.0.0${pre}`, true, true]
  else if (isAny(patch)) [written, dirty, patchDirty] = [`${major}${minor}.0${pre}`, true, true]
  const version = parseVersion(written)
  return typeof version === 'string' ? 'constraint Parser Error' : { operator, version, dirty, minorDirty, patchDirty }
}

/** Helm 3 comes with semver 3.3, Helm 4 with 3.4: there one pre-release lets them into its whole alternative. */
export type Rules = 3 | 4

export function satisfies(version: Version, constraint: readonly (readonly Constraint[])[], rules: Rules): boolean {
  return constraint.some((all) => {
    const some = all.some(({ version: { pre } }) => pre !== '')
    return all.every((one) => holds(version, one, rules === 4 ? some : one.version.pre !== '' || (one.operator === '!=' && !one.dirty)))
  })
}

/** Helm's test of a chart's version or of the cluster's: what cannot be read is not compatible. */
export function isCompatible(constraint: string, version: string, rules: Rules): boolean {
  const parsed = parseVersion(version)
  const wanted = parseConstraint(constraint)
  return typeof parsed !== 'string' && typeof wanted !== 'string' && satisfies(parsed, wanted, rules)
}

function holds(v: Version, c: Constraint, preReleases: boolean): boolean {
  if (v.pre !== '' && !preReleases) return false
  const compared = compareVersions(v, c.version)
  switch (c.operator) {
    case '':
    case '=':
      return c.dirty ? tilde(v, c) : compared === 0
    case '!=':
      return notEqual(v, c, compared)
    case '>':
      return greater(v, c, compared)
    case '<':
      return compared < 0
    case '>=':
    case '=>':
      return compared >= 0
    case '<=':
    case '=<':
      if (!c.dirty) return compared <= 0
      if (v.major > c.version.major) return false
      return !(v.major === c.version.major && v.minor > c.version.minor && !c.minorDirty)
    case '~':
    case '~>':
      return tilde(v, c)
    default:
      return caret(v, c, compared)
  }
}

function notEqual(v: Version, c: Constraint, compared: number): boolean {
  if (c.dirty) {
    if (c.version.major !== v.major) return true
    if (c.version.minor !== v.minor && !c.minorDirty) return true
    if (c.minorDirty) return false
    if (c.version.patch !== v.patch && !c.patchDirty) return true
    if (c.patchDirty) return (v.pre !== '' || c.version.pre !== '') && comparePrerelease(v.pre, c.version.pre) !== 0
  }
  return compared !== 0
}

function greater(v: Version, c: Constraint, compared: number): boolean {
  if (!c.dirty) return compared > 0
  if (v.major !== c.version.major) return v.major > c.version.major
  if (c.minorDirty) return false
  return c.patchDirty ? v.minor > c.version.minor : compared > 0
}

function tilde(v: Version, c: Constraint): boolean {
  if (compareVersions(v, c.version) < 0) return false
  const { major, minor, patch } = c.version
  if (major === 0n && minor === 0n && patch === 0n && !c.minorDirty && !c.patchDirty) return true
  return v.major === major && (v.minor === minor || c.minorDirty)
}

function caret(v: Version, c: Constraint, compared: number): boolean {
  if (compared < 0) return false
  const { major, minor, patch } = c.version
  if (major > 0n || c.minorDirty) return v.major === major
  if (v.major > 0n) return false
  if (minor > 0n || c.patchDirty) return v.minor === minor
  return v.minor === 0n && v.patch === patch
}
