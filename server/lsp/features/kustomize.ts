import { unitsReading } from '../../analysis/analyse.ts'
import type { Location, Unit } from '../../sources/unit.ts'
import { isKustomization } from '../../sources/kustomize/kustomization.ts'
import { placeOf } from '../../sources/kustomize/place.ts'
import { KustomizationUnit } from '../../sources/kustomize/unit.ts'
import { dirname } from '../../text/path.ts'
import type { Choice, Feature, View } from '../feature.ts'
import { BUILDS, buildLenses, counted, nameOf } from './builds.ts'

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
    const lenses = buildLenses(analysis, shown, top, 'build', today)
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
