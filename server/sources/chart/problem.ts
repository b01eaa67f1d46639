import type { Cell } from '../../syntax/go-template/provenance.ts'
import type { Location } from '../unit.ts'
import { locateCell } from './source.ts'

/** Something that Helm refuses or warns of. */
export interface ChartProblem {
  /** With Helm's words. */
  readonly message: string
  /** Helm prints nothing but this. Here the rest is rendered all the same. */
  readonly fatal: boolean
  /** What is missing from the result may be a whole object. */
  readonly incomplete: boolean
  readonly location: Location | undefined
  /** Said by the chart's author, with `required` or `fail`; it was rendered all the same. */
  readonly said?: boolean
}

/** Collects problems while a chart is loaded and rendered. */
export class Problems {
  readonly all: ChartProblem[] = []

  fatal(message: string, location?: Location, incomplete = true): void {
    this.all.push({ message, fatal: true, incomplete, location })
  }

  said(message: string, location?: Location): void {
    this.all.push({ message, fatal: true, incomplete: false, location, said: true })
  }

  warning(message: string, cell?: Cell): void {
    this.all.push({ message, fatal: false, incomplete: false, location: cell && locateCell(cell) })
  }

  get failure(): ChartProblem | undefined {
    return this.all.find(({ fatal }) => fatal)
  }
}

export function wholeFile(file: string): Location {
  return { file, span: { start: 0, end: 0 } }
}
