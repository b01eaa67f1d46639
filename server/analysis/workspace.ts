import type { AnyRule } from '../model/rule.ts'
import type { Files, SourceFile } from '../sources/unit.ts'
import { compareText } from '../text/path.ts'
import { type Analysis, begin, type Running } from './analyse.ts'
import { CONFIG_FILE, type Config, type Profile, readConfig, type Settings } from './config.ts'

/** What wins over the configuration file: said by whoever asks this once. */
export interface Overrides {
  readonly profile?: Profile
  /** The path that stands in for `.kube-zero-trust.yaml`. */
  readonly configFile?: string
}

/**
 * The texts of one workspace folder and what is known of them: the one mutable thing of the core. Changes
 * are cheap; the work is done when somebody asks for the analysis.
 */
export class Workspace {
  readonly #rules: readonly AnyRule[]
  readonly #overrides: Overrides
  #files: Map<string, SourceFile> = new Map()
  #settings: Settings
  #config: { file: SourceFile | undefined; settings: Settings; config: Config } | undefined
  #analysis: Analysis | undefined
  /** Until it has become the analysis. */
  #running: Running | undefined
  #stale = true
  #unsorted = false

  constructor(rules: readonly AnyRule[], settings: Settings = {}, overrides: Overrides = {}) {
    this.#rules = rules
    this.#settings = settings
    this.#overrides = overrides
  }

  /** Replaces or adds a text. Nothing happens when it is the same as before. */
  set(file: SourceFile): void {
    const before = this.#files.get(file.path)
    if (before && before.text === file.text && before.problem === file.problem && !file.bytes) return
    this.#touch()
    if (!before) this.#unsorted = true
    this.#files.set(file.path, file)
  }

  delete(path: string): void {
    if (!this.#files.has(path)) return
    this.#touch()
    this.#files.delete(path)
  }

  configure(settings: Settings): void {
    this.#settings = settings
    this.#touch()
  }

  get files(): Files {
    return this.#files
  }

  get config(): Config {
    const { configFile = CONFIG_FILE, profile } = this.#overrides
    const file = this.#files.get(configFile)
    if (this.#config?.file !== file || this.#config?.settings !== this.#settings) {
      const config = readConfig(file, this.#settings, this.#rules)
      this.#config = { file, settings: this.#settings, config: profile ? { ...config, profile } : config }
    }
    return this.#config.config
  }

  /**
   * The analysis of the texts as they are now.
   * @param progress told how many units are evaluated, of how many
   */
  analysis(progress?: (done: number, total: number) => void): Analysis {
    this.#begin(progress)
    for (;;) {
      const whole = this.advance()
      if (whole) return whole
    }
  }

  /** What is known of the texts at once: see `Running`. The whole analysis when it is there. */
  draft(): Analysis {
    this.#begin()
    return this.#running ? this.#running.draft() : this.analysis()
  }

  /** Does the next piece of the analysis of the texts as they are now; the analysis once it is whole. */
  advance(): Analysis | undefined {
    this.#begin()
    const running = this.#running
    if (!running) return this.#analysis
    // If it throws, whoever asks next begins anew.
    this.#running = undefined
    this.#stale = true
    const { done, value } = running.rest.next()
    this.#stale = false
    if (done) this.#analysis = value
    else this.#running = running
    return done ? value : undefined
  }

  #begin(progress?: (done: number, total: number) => void): void {
    if (!this.#stale) return
    if (this.#unsorted) this.#files = new Map([...this.#files].sort(([a], [b]) => compareText(a, b)))
    this.#unsorted = false
    const config = this.config
    this.#running = begin(this.#included(config), config, this.#rules, this.#analysis, progress)
    this.#stale = false
  }

  #included(config: Config): Files {
    const { exclude } = config
    if (!exclude) return this.#files
    const excluded = [...this.#files.keys()].filter((path) => exclude.ignores(path))
    const included = new Map(this.#files)
    for (const path of excluded) included.delete(path)
    return included
  }

  /** Analyses hold on to the map they were made of, so a change makes a new one. */
  #touch(): void {
    if (!this.#stale) this.#files = new Map(this.#files)
    this.#stale = true
  }
}
