import type { KubeObject } from '../../../model/object.ts'
import type { ObjectChange } from '../../../model/rule.ts'
import type { Value } from '../../../model/value.ts'
import { stringifyYaml } from '../../../syntax/yaml/index.ts'
import { rewriteChart } from '../../chart/writing/rewrite.ts'
import type { Entry } from '../../chart/objects.ts'
import type { FileEdit, Files, Rewriting } from '../../unit.ts'
import { type Choice, type Refused, replaceValues } from '../rewrite.ts'
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
  return rewritings.length > 0 ? rewritings : refused
}

const NOTHING: Rewriting = { edits: [], created: [], suffix: '' }

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
