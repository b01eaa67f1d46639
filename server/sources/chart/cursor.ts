import type { KubeObject } from '../../model/object.ts'
import type { Path } from '../../model/value.ts'
import { pathAt } from '../../syntax/yaml/index.ts'
import type { Frame } from '../../syntax/go-template/provenance.ts'
import type { Piece } from '../../syntax/go-template/text.ts'
import type { Location } from '../unit.ts'
import { locateInSource, locatePiece } from './locate.ts'
import type { Entry } from './objects.ts'

/** A run of a rendered document that a range of a file has to do with. */
interface Use {
  readonly start: number
  readonly end: number
  readonly object: KubeObject
  readonly entry: Entry
  readonly offset: number
  /** Copied: each character of the range stands for one of the document. */
  readonly verbatim: boolean
}

/** What files had a part in which characters of which objects: made when somebody asks for it. */
export class Uses {
  readonly #byFile = new Map<string, Use[]>()

  constructor(objects: ReadonlyMap<KubeObject, Entry>) {
    for (const [object, entry] of objects) {
      let offset = 0
      for (const piece of entry.document.text.pieces) {
        if (piece.length > 0) this.#add(object, entry, offset, piece)
        offset += piece.length
      }
    }
  }

  /** The object and path for a place of a file: that of the smallest range round it. */
  at(file: string, offset: number): { object: KubeObject; path: Path; part: 'key' | 'value' } | undefined {
    let best: Use | undefined
    for (const use of this.#byFile.get(file) ?? []) {
      if (use.start > offset || offset > use.end) continue
      if (!best || use.end - use.start < best.end - best.start) best = use
    }
    if (!best) return undefined
    const { entry, object } = best
    const { path, part } = pathAt(entry.document.tree, best.offset + (best.verbatim ? offset - best.start : 0))
    return entry.prefix.every((step, i) => path[i] === step) ? { object, path: path.slice(entry.prefix.length), part } : undefined
  }

  #add(object: KubeObject, entry: Entry, offset: number, piece: Piece): void {
    const own = locatePiece(piece)
    const size = own ? own.span.end - own.span.start : 0
    if (own) this.#put(own, { object, entry, offset, verbatim: piece.at >= 0 && size === piece.length })
    for (let frame = piece.site; frame?.parent; frame = frame.parent) {
      const place = locateFrame(frame)
      if (place) this.#put(place, { object, entry, offset, verbatim: false })
    }
  }

  #put({ file, span }: Location, use: Omit<Use, 'start' | 'end'>): void {
    const list = this.#byFile.get(file) ?? []
    const last = list.at(-1)
    // Of an action that printed much, its first character is enough.
    if (!use.verbatim && last?.start === span.start && last.end === span.end && last.object === use.object) return
    list.push({ ...span, ...use })
    this.#byFile.set(file, list)
  }
}

function locateFrame(frame: Frame): Location | undefined {
  return locateInSource(frame.source, frame)
}
