import ignore, { type Ignore } from 'ignore'
import type { AnyRule, Severity, Target } from '../model/rule.ts'
import { SEVERITIES } from '../model/rule.ts'
import { entries, get, isMap, type Path, text, texts, type Value } from '../model/value.ts'
import type { Location, Problem, SourceFile } from '../sources/unit.ts'
import { findNode, parseYaml } from '../syntax/yaml/index.ts'
import { harmlessPatterns } from '../text/patterns.ts'

export const CONFIG_FILE = '.kube-zero-trust.yaml'

export const PROFILES = ['baseline', 'recommended', 'strict'] as const
/** `baseline`: errors and warnings. `recommended`: what a team leaves on. `strict`: hints count as information. */
export type Profile = (typeof PROFILES)[number]

/** A finding that somebody accepted, for files that one does not own. */
export interface AcceptedFinding {
  /** Undefined accepts every rule. */
  readonly rule: string | undefined
  /** `Kind/namespace/name` or `Kind/name`, each part may be `*`. */
  readonly object: string | undefined
  /** A pattern as in .gitignore. */
  readonly path: Ignore | undefined
  readonly reason: string
  /** The last day that it holds, as `2026-12-31`. */
  readonly expires: string | undefined
  readonly location: Location
}

/** What the user decided. Immutable; made of the configuration file, over settings of the host. */
export interface Config {
  readonly profile: Profile
  readonly severities: ReadonlyMap<string, Severity | 'off'>
  readonly exclude: Ignore | undefined
  readonly environments: readonly { readonly name: string; readonly paths: Ignore }[]
  readonly accepted: readonly AcceptedFinding[]
  readonly target: Target
  /** In bytes. */
  readonly maxFileSize: number
  readonly problems: readonly Problem[]
}

/** What a host may set without a configuration file; the file wins. */
export interface Settings {
  readonly profile?: Profile
  readonly rules?: Readonly<Record<string, Severity | 'off'>>
  readonly exclude?: readonly string[]
  /** Patterns of files, by the name of the environment that they end up in. */
  readonly environments?: Readonly<Record<string, readonly string[]>>
  readonly maxFileSize?: number
}

export const DEFAULT_MAX_FILE_SIZE = 8 * 1024 * 1024
const DEFAULT_TARGET: Target = { minor: 33, platform: undefined }
const KEYS = ['profile', 'rules', 'exclude', 'environments', 'ignore', 'target', 'maxFileSize']
const ENTRY_KEYS = ['rule', 'object', 'path', 'reason', 'expires']
const TARGET_KEYS = ['kubernetes', 'platform']

/** Never throws: what is wrong in the file is a problem at its place, the rest holds. */
export function readConfig(file: SourceFile | undefined, settings: Settings, rules: readonly AnyRule[]): Config {
  return new Reader(file).read(settings, new Set(rules.map((rule) => rule.name)))
}

class Reader {
  readonly #file: SourceFile | undefined
  readonly #tree
  readonly #body: Value | undefined
  readonly #problems: Problem[] = []

  constructor(file: SourceFile | undefined) {
    this.#file = file
    this.#tree = file && parseYaml(file.text)
    this.#body = this.#tree?.body
    for (const problem of this.#tree?.problems ?? []) {
      this.#problems.push({ file: file?.path ?? '', span: problem, message: problem.message, severity: 'error' })
    }
  }

  read(settings: Settings, rules: ReadonlySet<string>): Config {
    const body = this.#body
    if (body !== undefined && !isMap(body)) this.#problem([], 'The configuration must be a map.')
    this.#known([], KEYS)
    const severities = new Map(Object.entries(settings.rules ?? {}))
    for (const [rule, level] of this.#map('rules')) {
      if (!rules.has(rule)) this.#problem(['rules', rule], `There is no rule "${rule}".`, 'key')
      // `off` is a boolean to a YAML 1.1 reader.
      const wanted = level === false ? 'off' : level
      if (wanted === 'off' || isSeverity(wanted)) severities.set(rule, wanted)
      else this.#problem(['rules', rule], `Choose one of ${SEVERITIES.join(', ')}, off.`)
    }
    const excluded = [...(settings.exclude ?? []), ...this.#patterns(['exclude'])]
    return {
      profile: this.#profile(settings),
      severities,
      exclude: excluded.length === 0 ? undefined : this.#matcher(excluded, ['exclude']),
      environments: this.#environments(settings),
      accepted: this.#accepted(rules),
      target: this.#target(),
      maxFileSize: this.#number(['maxFileSize']) ?? settings.maxFileSize ?? DEFAULT_MAX_FILE_SIZE,
      problems: this.#problems,
    }
  }

  #matcher(patterns: readonly string[], path: Path): Ignore {
    const harmless = harmlessPatterns(patterns)
    if (harmless.length < patterns.length) this.#problem(path, 'A pattern here is too long, or has too many stars: it does not count.')
    return ignore().add(harmless)
  }

  #profile(settings: Settings): Profile {
    const written = get(this.#body, 'profile')
    const known = PROFILES.find((profile) => profile === written)
    if (written !== undefined && !known) this.#problem(['profile'], `Choose one of ${PROFILES.join(', ')}.`)
    return known ?? settings.profile ?? 'recommended'
  }

  #environments(settings: Settings): Config['environments'] {
    if (get(this.#body, 'environments') === undefined) {
      return Object.entries(settings.environments ?? {}).map(([name, patterns]) => ({
        name,
        paths: this.#matcher(patterns, ['environments']),
      }))
    }
    return this.#map('environments').flatMap(([name, paths]) => {
      const patterns = typeof paths === 'string' && paths !== '' ? [paths] : this.#patterns(['environments', name])
      if (patterns.length === 0) this.#problem(['environments', name], 'Name the files of the environment by one or more patterns.')
      return patterns.length === 0 ? [] : [{ name, paths: this.#matcher(patterns, ['environments', name]) }]
    })
  }

  #accepted(rules: ReadonlySet<string>): AcceptedFinding[] {
    const list = get(this.#body, 'ignore')
    if (list === undefined) return []
    if (!Array.isArray(list)) {
      this.#problem(['ignore'], 'This must be a list of entries with `rule`, `object` or `path`, and `reason`.')
      return []
    }
    return (list as readonly Value[]).flatMap((entry, i): AcceptedFinding[] => {
      this.#known(['ignore', i], ENTRY_KEYS)
      // An entry that is half understood would accept more than its author means.
      const wrong = entries(entry).filter(([, value]) => typeof value !== 'string' || value === '')
      for (const [key] of wrong) this.#problem(['ignore', i, key], 'This must be a text.')
      if (wrong.length > 0) return []
      const rule = text(entry, 'rule')
      const object = text(entry, 'object')
      const path = text(entry, 'path')
      const reason = text(entry, 'reason')
      const expires = text(entry, 'expires')
      if (rule && !rules.has(rule)) this.#problem(['ignore', i, 'rule'], `There is no rule "${rule}".`)
      if (!reason) this.#problem(['ignore', i], 'Say why: an entry without `reason` does not count.')
      if (!rule && !object && !path) this.#problem(['ignore', i], 'Name a `rule`, an `object` or a `path`.')
      const isDay = expires === undefined || isDate(expires)
      if (!isDay) this.#problem(['ignore', i, 'expires'], 'Write the day as 2026-12-31.')
      if (!isDay || !reason || (!rule && !object && !path)) return []
      return [
        {
          rule,
          object,
          path: path ? this.#matcher([path], ['ignore', i, 'path']) : undefined,
          reason,
          expires,
          location: this.#location(['ignore', i]),
        },
      ]
    })
  }

  #target(): Target {
    this.#map('target')
    this.#known(['target'], TARGET_KEYS)
    const platform = get(this.#body, 'target', 'platform')
    if (platform !== undefined && typeof platform !== 'string') this.#problem(['target', 'platform'], 'This must be a text.')
    const version = get(this.#body, 'target', 'kubernetes')
    // Without quotes 1.30 is the number 1.3.
    const written = typeof version === 'number' ? this.#source(['target', 'kubernetes']) : version
    const minor = typeof written === 'string' ? /^v?1\.(\d{1,2})(\.\d+)?$/.exec(written)?.[1] : undefined
    if (version !== undefined && minor === undefined) this.#problem(['target', 'kubernetes'], 'Write the version as "1.33".')
    return { minor: minor === undefined ? DEFAULT_TARGET.minor : Number(minor), platform: text(this.#body, 'target', 'platform') }
  }

  /** The entries of a setting that must be a map. */
  #map(key: string): [string, Value][] {
    const value = get(this.#body, key)
    if (value !== undefined && !isMap(value)) this.#problem([key], 'This must be a map.')
    return entries(value)
  }

  #known(path: Path, keys: readonly string[]): void {
    for (const [key] of entries(this.#body, ...path)) {
      if (!keys.includes(key)) this.#problem([...path, key], `Unknown setting "${key}". Known: ${keys.join(', ')}.`, 'key')
    }
  }

  #patterns(path: Path): string[] {
    const value = get(this.#body, ...path)
    const patterns = texts(value)
    if (value !== undefined && (!Array.isArray(value) || patterns.length < value.length)) {
      this.#problem(path, 'This must be a list of patterns as in .gitignore.')
    }
    return patterns
  }

  #number(path: Path): number | undefined {
    const value = get(this.#body, ...path)
    if (value === undefined) return undefined
    if (typeof value === 'number' && value > 0) return value
    this.#problem(path, 'This must be a number of bytes.')
    return undefined
  }

  #problem(path: Path, message: string, part: 'key' | 'value' = 'value'): void {
    this.#problems.push({ ...this.#location(path, part), message, severity: 'error' })
  }

  #source(path: Path): string {
    const { start, end } = this.#location(path).span
    return this.#file?.text.slice(start, end) ?? ''
  }

  #location(path: Path, part: 'key' | 'value' = 'value'): Location {
    const node = this.#tree && findNode(this.#tree, path)
    return { file: this.#file?.path ?? CONFIG_FILE, span: (part === 'key' ? node?.key : node?.value) ?? { start: 0, end: 0 } }
  }
}

/** `2026-12-31`, if there is such a day. */
function isDate(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function isSeverity(value: unknown): value is Severity {
  return SEVERITIES.some((severity) => severity === value)
}
