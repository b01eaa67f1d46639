import { isCredentialName, liveSecret } from '../../model/secret-values.ts'
import { get, isList, isMap, isUnknown, unknownReason, type Value } from '../../model/value.ts'
import { code } from '../../report/markdown.ts'
import { ModuleUnit } from '../../sources/module/unit.ts'
import type { Feature } from '../feature.ts'

/** A value of more is no longer read in a hover. */
const LONGEST = 120

/** What an expression of Terraform comes to, in each set of variables. */
export const evaluatedFeature: Feature = {
  name: 'evaluated',
  hover({ objects, analysis }) {
    const lines = new Map<string, string[]>()
    for (const { unit, object, path, part } of objects) {
      if (!(unit instanceof ModuleUnit) || part !== 'value' || isSecret(object.kind, String(path.at(-1) ?? ''))) continue
      const at = unit.locate(object, path, 'value')
      const written = at && analysis.files.get(at.file)?.text.slice(at.span.start, at.span.end)
      const shown = show(get(object.body, ...path))
      if (shown === undefined || written === undefined || isLiteral(written) || unit.isSensitive(object, path)) continue
      const variant = unit.id.includes('#') ? unit.id.slice(unit.id.indexOf('#') + 1) : ''
      const variants = lines.get(shown) ?? []
      if (!variants.includes(variant)) variants.push(variant)
      lines.set(shown, variants)
    }
    const several = lines.size > 1
    return [...lines].slice(0, 6).map(([shown, variants]) => `${shown}${several && variants[0] !== '' ? ` (${variants.join(', ')})` : ''}`)
  },
}

function isSecret(kind: string, name: string): boolean {
  return kind === 'Secret' || /secret/i.test(kind) || isCredentialName(name)
}

/** Numbers, `true`, and texts in which nothing is put in say what they are. */
function isLiteral(written: string): boolean {
  return /^(?:-?[\d.]+|true|false|null|"(?:[^"\\$%]|\\.)*")$/.test(written)
}

function show(value: Value | undefined): string | undefined {
  if (value === undefined) return undefined
  if (isUnknown(value)) return `Not known from these files: ${code(unknownReason(value))}`
  if (isMap(value)) return undefined
  if (isList(value) && value.some((item) => isMap(item) || isList(item) || isUnknown(item))) return undefined
  const text = JSON.stringify(value)
  return text.length > LONGEST || liveSecret(text) !== undefined ? undefined : `Evaluates to ${code(text)}`
}
