import { type Analysis, unitsReading } from '../../analysis/analyse.ts'
import { chartFile } from '../../sources/chart/outside.ts'
import { definitionOf, printRendering, renderedFrom, type ValueRead, valuesRead } from '../../sources/chart/reading.ts'
import { ChartUnit, HELM } from '../../sources/chart/unit.ts'
import { wordAt } from '../../sources/chart/word.ts'
import type { Location, Unit } from '../../sources/unit.ts'
import { nowhere } from '../../syntax/go-template/provenance.ts'
import { toYaml } from '../../syntax/go-template/data/yaml-out.ts'
import { LineIndex } from '../../text/line-index.ts'
import { basename, dirname } from '../../text/path.ts'
import { code } from '../../report/markdown.ts'
import type { Choice, Feature, Place, View } from '../feature.ts'
import { BUILDS, buildLenses, counted, nameOf } from './builds.ts'

/** Lines of a value, or of what a template renders, in a hover. */
const LINES = 12

/** Texts that one line of a template has become. */
const TEXTS = 3

/** What charts render, where their values come from and where their templates are defined. */
export const chartFeature: Feature = {
  name: 'charts',
  hover(place) {
    const values = valueHover(place)
    return values.length > 0 ? values : renderedHover(place)
  },
  definition(place) {
    const word = wordIn(place)
    const found = chartsReading(place).flatMap(({ rendering }): readonly Location[] => {
      if (word?.kind === 'template') return [definitionOf(rendering, word.name, HELM)].filter((at) => at !== undefined)
      return word ? valuesRead(rendering, place.file, word).flatMap(({ places }) => places.slice(0, 1)) : []
    })
    return [...new Map(found.map((at) => [`${at.file} ${at.span.start}`, at])).values()]
  },
  lenses(analysis, file, today) {
    const units = unitsReading(analysis, file).filter(isChart)
    const own = units.filter((unit) => file === chartFile(unit.folder) || isValues(unit, file))
    const at: Location = { file, span: { start: 0, end: 0 } }
    const lenses = buildLenses(analysis, own, at, 'rendered', today)
    return own.length <= BUILDS ? lenses : [...lenses, { ...at, title: `and ${counted(own.length - BUILDS, 'other environment')}` }]
  },
  views: {
    rendered: (analysis, { unit: id = '' }) => viewOf(analysis, analysis.units.get(id)),
  },
  choices: {
    chart: (analysis) =>
      [...analysis.units.values()]
        .filter(isChart)
        .map((unit): Choice => ({ value: unit.id, label: labelOf(analysis, unit), detail: unit.id })),
  },
}

function isChart(unit: Unit | undefined): unit is ChartUnit {
  return unit instanceof ChartUnit
}

/** Whether a file holds values that a unit is installed with, or the chart's own. */
function isValues({ folder, values }: ChartUnit, file: string): boolean {
  if (values.length > 0) return values.at(-1) === file
  return basename(file) === 'values.yaml' && dirname(file) === folder
}

function labelOf(analysis: Analysis, unit: ChartUnit): string {
  const name = unit.rendering.chart?.metadata.name ?? unit.id
  const environment = nameOf(analysis, unit)
  return environment === name ? name : `${name}, ${environment}`
}

function viewOf(analysis: Analysis, unit: Unit | undefined): View | undefined {
  return isChart(unit) ? { title: `${labelOf(analysis, unit)} (rendered).yaml`, ...printRendering(unit.rendering) } : undefined
}

function chartsReading({ analysis, file }: Place): ChartUnit[] {
  return unitsReading(analysis, file).filter(isChart)
}

function wordIn({ analysis, file, offset }: Place) {
  const text = analysis.files.get(file)?.text
  return text === undefined || !isTemplate(file) ? undefined : wordAt(text, offset)
}

function isTemplate(file: string): boolean {
  return /(^|\/)templates\//.test(file)
}

/** A value in each environment, and where it is set. */
function valueHover(place: Place): string[] {
  const word = wordIn(place)
  if (word?.kind !== 'field') return []
  const answers = perUnit(place, ({ rendering }) => {
    const read = valuesRead(rendering, place.file, word)
    return read.length === 0 ? undefined : read.map((one) => describe(place.analysis, one)).join('\n\n')
  })
  return answers.length === 0 ? [] : [answers.join('\n\n')]
}

function describe(analysis: Analysis, { path, value, places }: ValueRead): string {
  const at = ({ file, span }: Location): string => {
    const { line } = new LineIndex(analysis.files.get(file)?.text ?? '').position(span.start)
    return code(`${file}:${line + 1}`)
  }
  const name = code(path.join('.'))
  if (value === undefined || value.kind === 'nil') return `${name} is not set.`
  const [wins, ...others] = places.map(at)
  const where = wins === undefined ? '' : ` set in ${wins}${others.length > 0 ? `, over ${others.join(', ')}` : ''}`
  const text = toYaml(value, nowhere()).text.trimEnd()
  return text.includes('\n') || text.length > 60 ? `${name}${where}:\n${block(text)}` : `${name}: ${code(text)}${where}`
}

/** What a line with an action has become. */
function renderedHover(place: Place): string[] {
  const { analysis, file, offset } = place
  const text = isTemplate(file) ? analysis.files.get(file)?.text : undefined
  if (text === undefined) return []
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  const line = { start, end: end < 0 ? text.length : end }
  if (!text.slice(line.start, line.end).includes('{{')) return []
  const answers = perUnit(place, ({ rendering }) => {
    const found = renderedFrom(rendering, file, line)
    const more = found.length > TEXTS ? `\n\nand ${found.length - TEXTS} others` : ''
    return found.length === 0 ? undefined : `Renders to\n${found.slice(0, TEXTS).map(block).join('\n')}${more}`
  })
  return answers.length === 0 ? [] : [answers.join('\n\n')]
}

/** Answers of the units that read a file, equal ones once, each with the environments that it holds in. */
function perUnit(place: Place, answer: (unit: ChartUnit) => string | undefined): string[] {
  const units = chartsReading(place)
  const answers = new Map<string, string[]>()
  for (const unit of units) {
    const text = answer(unit)
    if (text !== undefined) answers.set(text, [...(answers.get(text) ?? []), nameOf(place.analysis, unit)])
  }
  const shown = [...answers].slice(0, BUILDS)
  if (units.length < 2 || (answers.size === 1 && shown[0]?.[1].length === units.length)) return shown.map(([text]) => text)
  return shown.map(([text, names]) => `In ${names.map((name) => code(name)).join(', ')}: ${text}`)
}

function block(text: string): string {
  const lines = text.split('\n')
  const shown = lines.length > LINES ? [...lines.slice(0, LINES), '…'] : lines
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)))
  return `${fence}yaml\n${shown.join('\n')}\n${fence}`
}
