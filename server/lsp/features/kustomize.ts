import { type Analysis, unitsReading } from '../../analysis/analyse.ts'
import { findingsOf } from '../../analysis/findings.ts'
import type { Location, Unit } from '../../sources/unit.ts'
import { isKustomization } from '../../sources/kustomize/kustomization.ts'
import { placeOf } from '../../sources/kustomize/place.ts'
import { KustomizationUnit } from '../../sources/kustomize/unit.ts'
import { dirname } from '../../text/path.ts'
import type { Choice, Feature, Lens, View } from '../feature.ts'

/** Builds that one kustomization's lenses name; a base of many overlays has one more that counts the rest. */
const BUILDS = 3

/** What a kustomization builds: said above it, and shown. */
export const kustomizeFeature: Feature = {
  name: 'kustomize',
  lenses(analysis, file, today) {
    if (!isKustomization(file)) return []
    const builds = unitsReading(analysis, file).filter((unit) => unit.kind === 'kustomization')
    const own = builds.filter(({ id }) => id === file)
    const shown = (own.length > 0 ? own : builds).slice(0, BUILDS)
    const rest = own.length > 0 ? 0 : builds.length - shown.length
    const top: Location = { file, span: { start: 0, end: 0 } }
    const { findings } = findingsOf(analysis, { files: new Set(shown.flatMap(({ reads }) => reads)), today })
    const lenses = shown.map((unit): Lens => {
      const count = findings.filter(
        ({ severity, occurrences }) => severity !== 'hint' && occurrences.some(({ found }) => found.object.unit === unit.id),
      ).length
      const title = `${nameOf(analysis, unit)}: ${counted(unit.objects.length, 'object')}, ${counted(count, 'finding')}`
      return { ...top, title, view: { view: 'build', parameters: { unit: unit.id } } }
    })
    return rest === 0 ? lenses : [...lenses, { ...top, title: `and ${counted(rest, 'other build')}` }]
  },
  views: {
    build: (analysis, { unit: id = '' }) => buildOf(analysis.units.get(id)),
  },
  choices: {
    kustomization: (analysis) =>
      [...analysis.units.values()]
        .filter(isBuild)
        .map((unit): Choice => ({ value: unit.id, label: nameOf(analysis, unit), detail: unit.id })),
  },
}

function isBuild(unit: Unit | undefined): unit is KustomizationUnit {
  return unit instanceof KustomizationUnit
}

function buildOf(unit: Unit | undefined): View | undefined {
  if (!isBuild(unit)) return undefined
  const { text, lines } = unit.print()
  const folder = dirname(unit.id)
  return {
    title: `${folder === '' ? 'kustomization' : folder} (built).yaml`,
    text,
    lines: lines.map(({ line, from }) => ({ line, from: placeOf(from) })),
  }
}

/** The environments that a build is, or what it stands in when it is none. */
function nameOf(analysis: Analysis, { id }: Unit): string {
  const names = analysis.environments.filter(({ units }) => units.some((unit) => unit.id === id)).map(({ name }) => name)
  return names.length > 0 && names.length <= BUILDS ? names.join(', ') : dirname(id) || 'kustomization'
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
