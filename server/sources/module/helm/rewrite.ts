import type { KubeObject } from '../../../model/object.ts'
import type { ObjectChange } from '../../../model/rule.ts'
import { majorsOf } from '../../../model/cloud/resource.ts'
import type { Path, Value } from '../../../model/value.ts'
import { type HclChange, printBlock, printHcl } from '../../../syntax/hcl/index.ts'
import { stringifyYaml } from '../../../syntax/yaml/index.ts'
import { rewriteChart } from '../../chart/writing/rewrite.ts'
import type { Entry } from '../../chart/objects.ts'
import type { FileEdit, Files, Rewriting } from '../../unit.ts'
import { attribute, blocks } from '../config.ts'
import { type Choice, editsOf, type Refused, replaceValues } from '../rewrite.ts'
import type { ChartRelease } from './release.ts'
import { type Decided, decidedByModule } from './trace.ts'

/** An object of a chart that the module installs. */
export interface Charted {
  readonly release: ChartRelease
  readonly entry: Entry
}

interface Own {
  readonly decided: Decided
  readonly value: Value
}

/** Changes values that the module gives where it gives them, and everything else in the chart. */
export function rewriteRelease(
  changes: readonly ObjectChange[],
  charted: ReadonlyMap<KubeObject, Charted>,
  files: Files,
): readonly Rewriting[] | Refused {
  const own: Own[] = []
  const others: ObjectChange[] = []
  let release: ChartRelease | undefined
  for (const change of changes) {
    const entry = charted.get(change.op === 'create' ? change.beside : change.object)
    if (!entry || (release && release !== entry.release)) return { refused: 'this is not all in one release of a chart' }
    release = entry.release
    const decided = change.op === 'set' ? decidedByModule(entry.release, entry.entry, change.path) : undefined
    if (decided && change.op === 'set') own.push({ decided, value: change.value })
    else others.push(change)
  }
  if (!release) return { refused: 'there is nothing to change' }
  const { rendered, render, folder } = release
  const inChart = others.length === 0 ? [NOTHING] : rewriteChart(others, { rendered, render, folder, variant: undefined })
  if ('refused' in inChart) return inChart
  const rewritings: Rewriting[] = []
  let refused: Refused = { refused: 'the module does not say this in a way that can be changed' }
  for (const choice of ['origin', 'use'] as const) {
    const edits = ownEdits(own, files, choice)
    if ('refused' in edits) refused = edits
    else
      for (const rewriting of inChart) {
        const files = [...new Set(edits.map(({ file }) => file))]
        const suffix = [...(files.length > 0 ? [`in ${files.join(', ')}`] : []), ...(rewriting.suffix ? [rewriting.suffix] : [])].join(
          ' and ',
        )
        const combined = { edits: [...edits, ...rewriting.edits], created: rewriting.created, suffix }
        if (!rewritings.some((other) => JSON.stringify(other.edits) === JSON.stringify(combined.edits))) rewritings.push(combined)
      }
  }
  if (rewritings.length > 0) return rewritings
  // Where the module does not say it in a place of its own, an assignment overrules what it says.
  const edits = overrule(release, own, files)
  if ('refused' in edits) return refused
  return inChart.map(({ edits: others, created, suffix }) => ({
    edits: [...edits, ...others],
    created,
    suffix: ['by `set`', suffix].filter((part) => part !== '').join(' and '),
  }))
}

const NOTHING: Rewriting = { edits: [], created: [], suffix: '' }

/** Assignments in the way in which the release has them, else in that of its provider: blocks before version 3. */
function overrule({ resource }: ChartRelease, own: readonly Own[], files: Files): readonly FileEdit[] | Refused {
  const { file, block } = resource.declared
  const assignments = own.map(({ decided, value }) => [nameOf(decided.path), value] as const)
  if (assignments.some(([, value]) => typeof value === 'object')) return { refused: 'only a single value can be changed here' }
  const list = attribute(block.body, 'set')?.value
  if (list && list.kind !== 'tuple') return { refused: 'the assignments of this release are computed' }
  const texts = assignments.map(([name, value]) => `{ name = ${printHcl(name)}, value = ${printHcl(String(value))} }`)
  const { most } = majorsOf(resource.module.providerVersion('helm_release', resource.declared)?.version ?? '')
  const asBlocks = blocks(block.body, 'set').length > 0 || (!list && most < 3)
  const changes: HclChange[] = list
    ? texts.map((text, i) => ({ op: 'item', list: list.start, index: list.items.length + i, text }))
    : asBlocks
      ? [
          {
            op: 'blocks',
            block: block.start,
            texts: assignments.map(([name, value]) =>
              printBlock(
                'set',
                [
                  ['name', printHcl(name)],
                  ['value', printHcl(String(value))],
                ],
                [],
              ),
            ),
          },
        ]
      : [{ op: 'argument', block: block.start, name: 'set', text: `[\n${texts.map((text) => `  ${text},\n`).join('')}]` }]
  return editsOf(
    changes.map((change) => ({ file, change })),
    files,
  )
}

/** A path as `set` takes it: `a.b[0].c`. */
function nameOf(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step.replace(/[.,[\]=\\]/g, '\\$&')}`))
    .join('')
    .replace(/^\./, '')
}

function ownEdits(own: readonly Own[], files: Files, choice: Choice): readonly FileEdit[] | Refused {
  const edits: FileEdit[] = []
  const replaced: { from: Decided['value']; by: Value }[] = []
  for (const { decided, value } of own) {
    const place = decided.given.locate(decided.path)
    if (!place) {
      // A text whose lines cannot be told apart is not written anew for one value.
      if (
        decided.path.length > 0 &&
        typeof decided.value.data === 'string' &&
        decided.given.at([]) === decided.value &&
        decided.value.data.includes('\n')
      )
        return { refused: 'the line of this value cannot be told' }
      replaced.push({ from: decided.value, by: value })
    } else if (typeof value === 'object' && value !== null) return { refused: 'only a single value can be changed here' }
    else edits.push({ ...place, text: stringifyYaml(value, { indent: 2 }).trim() })
  }
  const written = replaced.length > 0 ? replaceValues(replaced, files, choice) : []
  return 'refused' in written ? written : [...edits, ...written]
}
