import type { Analysis } from '../../analysis/analyse.ts'
import { findingsOf } from '../../analysis/findings.ts'
import type { Location, Unit } from '../../sources/unit.ts'
import { dirname } from '../../text/path.ts'
import type { Lens } from '../feature.ts'

/** Units that one place's lenses name; where there are more, one lens counts the rest. */
export const BUILDS = 3

/** What each unit makes, and how many findings it has, above one place. */
export function buildLenses(analysis: Analysis, units: readonly Unit[], at: Location, view: string, today: string): Lens[] {
  const shown = units.slice(0, BUILDS)
  const { findings } = findingsOf(analysis, { files: new Set(shown.flatMap(({ reads }) => reads)), today })
  return shown.map((unit): Lens => {
    const count = findings.filter(
      ({ severity, occurrences }) => severity !== 'hint' && occurrences.some(({ found }) => found.object.unit === unit.id),
    ).length
    const title = `${nameOf(analysis, unit)}: ${counted(unit.objects.length, 'object')}, ${counted(count, 'finding')}`
    return { ...at, title, view: { view, parameters: { unit: unit.id } } }
  })
}

/** The environments that a build is, or what it stands in when it is none. */
export function nameOf(analysis: Analysis, { id, kind }: Unit): string {
  const names = analysis.environments.filter(({ units }) => units.some((unit) => unit.id === id)).map(({ name }) => name)
  return names.length > 0 && names.length <= BUILDS ? names.join(', ') : dirname(id.replace(/#.*$/, '')) || kind
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
