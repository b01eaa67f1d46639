import { code, literal } from '../../report/markdown.ts'
import type { Feature } from '../feature.ts'

/** Who wrote a value that several layers have a say in: the one that decides, then those that are overruled. */
export const originFeature: Feature = {
  name: 'origins',
  hover({ objects, analysis, file }) {
    const lines = objects.flatMap(({ unit, object, path }) => {
      // In a template a line stands for what it renders to, in each environment.
      if (unit.kind === 'chart' && object.file === file) return []
      const origins = unit.origins(object, path)
      const [decides, ...others] = origins
      if (!decides || (others.length === 0 && decides.note === undefined)) return []
      const value = (at: typeof decides): string => {
        const text = analysis.files.get(at.file)?.text.slice(at.span.start, at.span.end) ?? ''
        return text.includes('\n') || text.length > 60 ? '' : `: ${code(text)}`
      }
      const name = (at: typeof decides): string => (at.note === undefined ? code(at.file) : `${code(at.file)} (${literal(at.note)})`)
      const overruled = others.map((at) => `${at.role === 'gate' ? 'switched by' : 'also written by'} ${name(at)}${value(at)}`)
      return [[`Set by ${name(decides)}${value(decides)}`, ...overruled].join('; ')]
    })
    const distinct = [...new Set(lines)]
    return distinct.length === 0 ? [] : [distinct.slice(0, 6).join('  \n')]
  },
}
