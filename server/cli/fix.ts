import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import type { Analysis } from '../analysis/analyse.ts'
import { findingsOf } from '../analysis/findings.ts'
import { fixTogether, type ProposedFix } from '../analysis/fix.ts'
import { count, printable } from '../report/printable.ts'
import { type Paint, painter } from '../report/text.ts'
import { compareText } from '../text/path.ts'
import { UsageError } from './arguments.ts'
import { type Command, chosenRules, RULE_OPTION, wantsColours } from './command.ts'
import type { FileChange } from './host.ts'
import { load, PATHS_HELP, WORKSPACE_OPTIONS } from './load.ts'
import { progressOf } from './progress.ts'

const APPLICABILITIES = ['safe', 'hardening'] as const
type Wanted = (typeof APPLICABILITIES)[number]

export const fix: Command = {
  name: 'fix',
  summary: 'Apply the fixes that can be proved.',
  usage: '[paths]',
  options: {
    'dry-run': { type: 'boolean', help: 'Print what would change as a unified diff, and change nothing.' },
    applicability: { type: 'string', value: APPLICABILITIES.join('|'), help: 'How far to go; safe without it.' },
    ...RULE_OPTION,
    ...WORKSPACE_OPTIONS,
  },
  details: [
    'Every fix is first applied to a copy of the files: it must remove its finding, add none but those that it names, and leave all else alone. "safe" fixes stop nothing that worked and give nobody access. "hardening" fixes may stop what relied on the weakness: read the diff. Fixes that need a choice are made in the editor.',
    'A file that somebody changes meanwhile is not overwritten.',
    ...PATHS_HELP,
  ],
  async run(args, host, product) {
    const wanted = args.choice('applicability', APPLICABILITIES) ?? 'safe'
    const rules = chosenRules(args, product)
    if (args.paths.includes('-')) throw new UsageError('Standard input cannot be fixed: name files or folders.')
    const progress = progressOf(host)
    const { folder, analysis, asked } = await load(args, host, product, progress)
    const findings = findingsOf(asked, { today: host.today }).findings.filter(({ rule }) => rules?.has(rule.name) ?? true)
    const { analysis: after, fixed } = fixTogether(
      analysis,
      findings.map(({ fingerprint }) => fingerprint),
      {
        list: (at) => findingsOf(at, { today: host.today }).findings,
        pick: (fixes) => fixes.find((candidate) => isWanted(candidate, wanted)),
        progress: (done) => progress('Fixing', done, findings.length),
      },
    )
    const changes = changesBetween(analysis, after)
    progress.end()
    if (changes.length === 0) {
      const further = wanted === 'safe' ? ' `--applicability hardening` goes further.' : ''
      await host.stderr.write(`There is nothing to fix with ${wanted} fixes.${further}\n`)
      return 0
    }
    if (args.flag('dry-run')) {
      await host.stdout.write(patchOf(changes, painter(wantsColours(host, host.stdout))))
      await host.stderr.write(`${count(fixed.length, 'finding')} would be fixed in ${count(changes.length, 'file')}.\n`)
      return 0
    }
    const { refused } = await folder.change(changes)
    if (refused !== undefined) {
      await host.stderr.write(`kube-zero-trust: Nothing was changed: ${refused}\n`)
      return 2
    }
    const lines = fixed
      .map(({ finding, fix }) => printable(`${folder.shown(finding.location.file)}: ${finding.rule.name}: ${fix.title}`))
      .sort(compareText)
    const total = `${count(lines.length, 'finding is', 'findings are')} fixed in ${count(changes.length, 'file')}.`
    await host.stdout.write(`${[...lines, total].join('\n')}\n`)
    return 0
  },
}

function isWanted({ applicability }: ProposedFix, wanted: Wanted): boolean {
  return applicability === 'safe' || (wanted === 'hardening' && applicability === 'hardening')
}

function changesBetween(before: Analysis, after: Analysis): FileChange[] {
  return [...after.files].flatMap(([path, file]) => {
    const old = before.files.get(path)
    return old?.text === file.text ? [] : [{ path, before: old?.text, after: file.text }]
  })
}

/** A diff that `git apply` and `patch -p1` take in the folder that paths are relative to. */
function patchOf(changes: readonly FileChange[], paint: Paint): string {
  return changes
    .map(({ path, before, after }) => {
      const from = before === undefined ? '/dev/null' : `a/${path}`
      return createTwoFilesPatch(from, `b/${path}`, before ?? '', after, undefined, undefined, {
        context: 3,
        headerOptions: FILE_HEADERS_ONLY,
      })
    })
    .join('')
    .split('\n')
    .map((line) => paintLine(line, paint))
    .join('\n')
}

function paintLine(line: string, paint: Paint): string {
  if (/^(---|\+\+\+) /.test(line)) return paint('bold', line)
  if (line.startsWith('@@')) return paint('cyan', line)
  if (line.startsWith('+')) return paint('green', line)
  return line.startsWith('-') ? paint('red', line) : line
}
