import { type BaselineEntry, compareToBaseline, readBaseline } from '../analysis/baseline.ts'
import { findingsOf } from '../analysis/findings.ts'
import { SEVERITIES } from '../model/rule.ts'
import { jsonReport } from '../report/json.ts'
import { markdownReport } from '../report/markdown.ts'
import { type Report, type ReportFinding, reportOf, withFindings } from '../report/model.ts'
import { sarifReport } from '../report/sarif.ts'
import { textReport } from '../report/text.ts'
import { type Arguments, UsageError } from './arguments.ts'
import { type Command, chosenRules, type ExitCode, type Product, RULE_OPTION, wantsColours } from './command.ts'
import type { CliFolder, CliHost } from './host.ts'
import { type Loaded, load, PATHS_HELP, WORKSPACE_OPTIONS } from './load.ts'
import { OUTPUT_OPTION, writeOutput } from './output.ts'
import { type Progress, progressOf } from './progress.ts'

const FORMATS = ['text', 'json', 'sarif', 'markdown'] as const
const THRESHOLDS = [...SEVERITIES, 'never'] as const

export const audit: Command = {
  name: 'audit',
  summary: 'Report what breaks zero trust in the manifests of folders and files.',
  usage: '[paths]',
  options: {
    format: { type: 'string', short: 'f', value: FORMATS.join('|'), help: 'What is printed; text without it.' },
    ...OUTPUT_OPTION,
    'fail-on': {
      type: 'string',
      value: THRESHOLDS.join('|'),
      help: 'Exit with 1 for findings of this level or above; warning without it.',
    },
    'fail-on-possible': { type: 'boolean', help: 'Also for findings that something outside of the files may excuse.' },
    ...RULE_OPTION,
    baseline: { type: 'string', value: 'FILE', help: 'Report only what is not in this baseline; see "baseline write".' },
    prove: { type: 'boolean', help: 'Prove every fix on a copy of the files; SARIF then carries the edits. Takes longer.' },
    ...WORKSPACE_OPTIONS,
  },
  details: [
    ...PATHS_HELP,
    'Exit code: 0 nothing at the threshold, 1 findings at the threshold, 2 bad usage or nothing could be analysed. A file that cannot be read is a problem in the report.',
  ],
  async run(args, host, product) {
    const format = args.choice('format', FORMATS) ?? 'text'
    const threshold = args.choice('fail-on', THRESHOLDS) ?? 'warning'
    const rules = chosenRules(args, product)
    const baseline = await baselineOf(args, host)
    const progress = progressOf(host)
    const loaded = await load(args, host, product, progress)
    for (const rule of rules ?? []) {
      if (loaded.analysis.config.severities.get(rule) === 'off') await host.stderr.write(`${rule} is off in the configuration.\n`)
    }
    const whole = audited(loaded, host, rules, args.flag('prove'), progress)
    const report = baseline ? withoutKnown(whole, baseline, args, loaded.folder, rules) : whole
    progress.end()
    const toTerminal = args.text('output') === undefined
    const text = formatted(report, format, product, {
      colours: toTerminal && wantsColours(host, host.stdout),
      shown: (path) => loaded.folder.shown(path),
    })
    if (!(await writeOutput(args, host, text))) return 2
    return exitCode(report, threshold, args.flag('fail-on-possible'), host)
  },
}

/** The report on what was asked for. */
export function audited(
  { analysis, asked }: Loaded,
  host: CliHost,
  rules: ReadonlySet<string> | undefined,
  prove: boolean,
  progress: Progress,
): Report {
  const found = findingsOf(asked, { today: host.today })
  return reportOf(asked, found, {
    whole: analysis,
    prove,
    ...(rules ? { rules } : {}),
    progress: (done, total) => progress(prove ? 'Proving fixes' : 'Reporting', done, total),
  })
}

export function entryOf({ fingerprint, rule, subject, file }: ReportFinding): BaselineEntry {
  return { fingerprint, rule, subject: subject.address, file }
}

async function baselineOf(args: Arguments, host: CliHost): Promise<readonly BaselineEntry[] | undefined> {
  const path = args.text('baseline')
  if (path === undefined) return undefined
  const file = await host.readFile(path)
  if (!file) throw new UsageError(`There is no file ${path}. \`kube-zero-trust baseline write --output ${path}\` makes it.`)
  const baseline = file.problem ? { problem: file.problem } : readBaseline(file.text)
  if ('problem' in baseline) throw new UsageError(`${path}: ${baseline.problem}`)
  return baseline
}

/** What only one environment or rule was asked about says nothing of the others. */
function withoutKnown(
  report: Report,
  baseline: readonly BaselineEntry[],
  args: Arguments,
  folder: CliFolder,
  rules: ReadonlySet<string> | undefined,
): Report {
  const lookedFor = ({ rule, file }: BaselineEntry): boolean =>
    args.text('environment') === undefined && (rules?.has(rule) ?? true) && folder.covers(file)
  const { fresh, known, gone } = compareToBaseline(baseline, report.findings, lookedFor)
  return withFindings(report, fresh, { known: known.length, gone: gone.length })
}

function formatted(report: Report, format: (typeof FORMATS)[number], product: Product, options: Parameters<typeof textReport>[1]): string {
  switch (format) {
    case 'text':
      return textReport(report, options)
    case 'json':
      return jsonReport(report)
    case 'sarif':
      return sarifReport(report, product)
    case 'markdown':
      return `${markdownReport(report)}\n`
  }
}

async function exitCode(
  { findings, summary }: Report,
  threshold: (typeof THRESHOLDS)[number],
  possible: boolean,
  host: CliHost,
): Promise<ExitCode> {
  if (summary.objects === 0) {
    await host.stderr.write('kube-zero-trust: Nothing was analysed: no Kubernetes object was found in plain manifests there.\n')
    return 2
  }
  if (threshold === 'never') return 0
  const level = SEVERITIES.indexOf(threshold)
  const failing = findings.some(({ severity, certainty }) => SEVERITIES.indexOf(severity) <= level && (possible || certainty === 'certain'))
  return failing ? 1 : 0
}
