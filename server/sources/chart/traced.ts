import { isList, isMap, type Path, text, type Value } from '../../model/value.ts'
import type { Origin } from '../unit.ts'
import { layersOf, otherPlaces } from './layers.ts'
import { entriesOf } from './objects.ts'
import { placeOfDocument } from './outside.ts'
import type { Rendering } from './render.ts'
import { originsOf, valueIn } from './trace.ts'

/** One value of a rendered object. */
export interface TracedValue {
  /** The template, as Helm names it. */
  readonly source: string
  /** `Deployment web` */
  readonly object: string
  readonly path: Path
  readonly value: Value
  readonly origins: readonly Origin[]
}

/** Every value that is no list or map itself, in the order of the output. */
export function tracedValues(rendering: Rendering): TracedValue[] {
  const { chart } = rendering
  if (!chart) return []
  const layers = layersOf(chart, rendering.given)
  return entriesOf(rendering).flatMap((entry) => {
    const body = valueIn(entry, []) ?? null
    const object = `${text(body, 'kind') ?? ''} ${text(body, 'metadata', 'name') ?? ''}`.trim()
    const outside = placeOfDocument(entry.document)
    return scalarsOf(body, []).map(({ path, value }) => ({
      source: entry.document.source,
      object,
      path,
      value,
      origins: originsOf(entry, path, outside, (cell) => otherPlaces(layers, cell)),
    }))
  })
}

function scalarsOf(value: Value, path: Path): { path: Path; value: Value }[] {
  if (isList(value) && value.length > 0) return value.flatMap((item, i) => scalarsOf(item, [...path, i]))
  if (isMap(value) && Object.keys(value).length > 0) return Object.entries(value).flatMap(([key, item]) => scalarsOf(item, [...path, key]))
  return [{ path, value }]
}
