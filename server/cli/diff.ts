import { diffMarkdown, diffText } from '../report/diff-forms.ts'
import { diffOf, type State } from '../report/diff.ts'
import { SEVERITIES } from '../model/rule.ts'
import { type Arguments, UsageError } from './arguments.ts'
import { audited } from './audit.ts'
import { type Command, type Product, wantsColours } from './command.ts'
import type { CliHost } from './host.ts'
import { load, WORKSPACE_OPTIONS } from './load.ts'
import { OUTPUT_OPTION, writeOutput } from './output.ts'
import { type Progress, progressOf } from './progress.ts'

const FORMATS = ['text', 'json', 'markdown'] as const
const THRESHOLDS = [...SEVERITIES, 'never'] as const

export const diff: Command = {
  name: 'diff',
  summary: 'Compare two folders: connections opened and closed, permissions granted and revoked, findings new and gone.',
  usage: 'BEFORE AFTER',
  options: {
    format: { type: 'string', short: 'f', value: FORMATS.join('|'), help: 'What is printed; text without it.' },
    ...OUTPUT_OPTION,
    'fail-on': {
      type: 'string',
      value: THRESHOLDS.join('|'),
      help: 'Exit with 1 for new findings of this level or above; warning without it.',
    },
    ...WORKSPACE_OPTIONS,
  },
  details: [
    'Two states of the same files, each in a folder of its own: a checkout of the branch that a pull request is for, and one of the request. What any environment allows counts as allowed. A finding is the same one wherever its object is written.',
    'Exit code: 0 nothing new at the threshold, 1 new findings at the threshold, 2 bad usage or nothing could be analysed.',
  ],
  async run(args, host, product) {
    const [before, after, ...others] = args.paths
    if (before === undefined || after === undefined || others.length > 0) throw new UsageError('Name two folders: diff BEFORE AFTER.')
    const format = args.choice('format', FORMATS) ?? 'text'
    const threshold = args.choice('fail-on', THRESHOLDS) ?? 'warning'
    const progress = progressOf(host)
    const changes = diffOf(await state(args, 0, host, product, progress), await state(args, 1, host, product, progress))
    progress.end()
    const forms: Record<(typeof FORMATS)[number], () => string> = {
      text: () => diffText(changes, { colours: args.text('output') === undefined && wantsColours(host, host.stdout) }),
      json: () => `${JSON.stringify(changes, null, 2)}\n`,
      markdown: () => diffMarkdown(changes),
    }
    if (!(await writeOutput(args, host, forms[format]()))) return 2
    const levels: readonly string[] = threshold === 'never' ? [] : SEVERITIES.slice(0, SEVERITIES.indexOf(threshold) + 1)
    return changes.findings.fresh.some(({ severity, certainty }) => certainty === 'certain' && levels.includes(severity)) ? 1 : 0
  },
}

async function state(args: Arguments, at: number, host: CliHost, product: Product, progress: Progress): Promise<State> {
  const loaded = await load(args.only(at), host, product, progress)
  return { analysis: loaded.asked, report: audited(loaded, host, undefined, false, progress) }
}
