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
  summary: 'Compare two states: connections opened and closed, permissions granted and revoked, findings new and gone.',
  usage: 'BEFORE [AFTER]',
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
    'Each state is a revision of the git repository (main, v1.2, HEAD~1, 4f2a9c1, or where two branches parted: main...HEAD) or a folder, e.g. a checkout of it. Without a second one it is the files as they are now. Of a revision what is in the current folder is compared. No git is run, and nothing is checked out.',
    'What any environment allows counts as allowed. A finding is the same one wherever its object is written.',
    'Exit code: 0 nothing new at the threshold, 1 new findings at the threshold, 2 bad usage or nothing could be analysed.',
  ],
  async run(args, host, product) {
    if (args.paths.length < 1 || args.paths.length > 2) throw new UsageError('Name one or two revisions or folders: diff BEFORE [AFTER].')
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

/** A folder of that name, else a revision; the files as they are now where nothing is named. */
async function state(args: Arguments, at: number, host: CliHost, product: Product, progress: Progress): Promise<State> {
  const word = args.paths[at]
  const folder = word === undefined ? undefined : await host.open([word])
  if (folder && !('problem' in folder) && args.paths.length === 1)
    throw new UsageError(`${word} is a folder: name the one to compare it with.`)
  const revision = word !== undefined && folder && 'problem' in folder ? await host.openRevision(word) : undefined
  if (revision && 'problem' in revision) throw new UsageError(`There is no folder ${word}, and as a revision: ${revision.problem}`)
  const from = revision ? { ...host, open: async () => revision } : host
  const loaded = await load(revision ? args.after(args.paths.length) : args.only(at), from, product, progress)
  return { analysis: loaded.asked, report: audited(loaded, host, undefined, false, progress) }
}
