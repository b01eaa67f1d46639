import type { ObjectsByKind } from '../../facts.ts'
import type { KubeObject } from '../../object.ts'
import { entries, get, isMap, items, type Path, text, type Value } from '../../value.ts'
import type { Container, Workload } from '../../workload.ts'
import { hostsIn, type NamedHost } from './hosts.ts'

/** A text that configures a workload, with its place. */
export interface ConfiguredText {
  readonly object: KubeObject
  readonly path: Path
  /** As it is used: with its variables filled in. */
  readonly text: string
  /** What is written at the place is what is used, so that ranges of one are ranges of the other. */
  readonly verbatim: boolean
  /** The name of the environment variable, of the key, or the argument before; '' where there is none. */
  readonly key: string
  /** A file or a long text, in which words are only words. */
  readonly file: boolean
  /** Never shown: a Secret's value. */
  readonly secret: boolean
  readonly hosts: readonly NamedHost[]
}

type Written = Omit<ConfiguredText, 'hosts'>

/** What was read of a workload, and the objects that were looked for meanwhile: it is the same while they are. */
interface Reading {
  readonly texts: readonly ConfiguredText[]
  readonly sought: ReadonlyMap<string, KubeObject | undefined>
}

const readings = new WeakMap<Workload, Reading>()

/** Finds the ConfigMaps and Secrets that pods read. */
export class Configuration {
  readonly #byName = new Map<string, KubeObject>()
  #sought = new Map<string, KubeObject | undefined>()

  constructor(of: ObjectsByKind) {
    for (const kind of ['ConfigMap', 'Secret']) {
      for (const object of of(`/${kind}`)) this.#byName.set(`${kind}/${object.namespace}/${object.name}`, object)
    }
  }

  /** Every text from which a workload may take whom it connects to. */
  textsOf(workload: Workload): readonly ConfiguredText[] {
    const known = readings.get(workload)
    if (known && [...known.sought].every(([name, object]) => this.#byName.get(name) === object)) return known.texts
    this.#sought = new Map()
    const ofContainers = workload.containers.flatMap((container) => this.#ofContainer(workload, container))
    const written = [...stated(workload), ...ofContainers, ...this.#ofVolumes(workload)]
    const texts = written.map((each) => ({ ...each, hosts: hostsIn(each.text) }))
    readings.set(workload, { texts, sought: this.#sought })
    return texts
  }

  #ofContainer(workload: Workload, container: Container): Written[] {
    const { object } = workload
    const result: Written[] = []
    const variables = new Map<string, string>()
    const add = (at: KubeObject, path: Path, written: string, key: string, secret: boolean): void => {
      const used = expand(written, variables)
      variables.set(key, used)
      result.push({ object: at, path, text: used, verbatim: used === written && !secret, key, file: used.includes('\n'), secret })
    }
    for (const source of items(container.body, 'envFrom')) {
      const prefix = text(source, 'prefix') ?? ''
      for (const [kind, field] of SOURCES) {
        const from = this.#find(kind, object.namespace, text(source, field, 'name'))
        for (const [key, path, value] of dataOf(from)) if (from) add(from, path, value, prefix + key, kind === 'Secret')
      }
    }
    for (const [i, variable] of items(container.body, 'env').entries()) {
      const name = text(variable, 'name') ?? ''
      const written = text(variable, 'value')
      if (written !== undefined) add(object, [...container.path, 'env', i, 'value'], written, name, false)
      for (const [kind, field] of [
        ['ConfigMap', 'configMapKeyRef'],
        ['Secret', 'secretKeyRef'],
      ] as const) {
        const from = this.#find(kind, object.namespace, text(variable, 'valueFrom', field, 'name'))
        const wanted = text(variable, 'valueFrom', field, 'key')
        for (const [key, path, value] of dataOf(from)) if (from && key === wanted) add(from, path, value, name, kind === 'Secret')
      }
    }
    for (const field of ['command', 'args']) {
      let before = ''
      for (const [i, argument] of items(container.body, field).entries()) {
        if (typeof argument !== 'string') continue
        const used = expand(argument, variables)
        const path = [...container.path, field, i]
        result.push({ object, path, text: used, verbatim: used === argument, key: before, file: used.includes('\n'), secret: false })
        before = argument
      }
    }
    return result
  }

  #ofVolumes({ object, spec }: Workload): Written[] {
    const result: Written[] = []
    const add = (kind: 'ConfigMap' | 'Secret', name: string | undefined, source: Value | undefined): void => {
      const from = this.#find(kind, object.namespace, name)
      const mounted = get(source, 'items') === undefined ? undefined : items(source, 'items').map((item) => text(item, 'key'))
      for (const [key, path, value] of dataOf(from)) {
        if (from && (!mounted || mounted.includes(key)))
          result.push({ object: from, path, text: value, verbatim: kind === 'ConfigMap', key, file: true, secret: kind === 'Secret' })
      }
    }
    for (const volume of items(spec, 'volumes')) {
      add('ConfigMap', text(volume, 'configMap', 'name'), get(volume, 'configMap'))
      add('Secret', text(volume, 'secret', 'secretName'), get(volume, 'secret'))
      for (const source of items(volume, 'projected', 'sources')) {
        add('ConfigMap', text(source, 'configMap', 'name'), get(source, 'configMap'))
        add('Secret', text(source, 'secret', 'name'), get(source, 'secret'))
      }
    }
    return result
  }

  #find(kind: 'ConfigMap' | 'Secret', namespace: string, name: string | undefined): KubeObject | undefined {
    if (name === undefined) return undefined
    const key = `${kind}/${namespace}/${name}`
    const found = this.#byName.get(key)
    this.#sought.set(key, found)
    return found
  }
}

/** Where people say what a workload connects to and the files do not show: `db:5432, https://api.example.com`. */
export const CONNECTS_TO = 'zero-trust/connects-to'

function* stated({ object, templatePath }: Workload): Iterable<Written> {
  const holders = templatePath.length === 0 ? [[]] : [[], templatePath]
  for (const holder of holders) {
    const path = [...holder, 'metadata', 'annotations', CONNECTS_TO]
    const written = text(object.body, ...path)
    if (written !== undefined) yield { object, path, text: written, verbatim: true, key: CONNECTS_TO, file: false, secret: false }
  }
}

const SOURCES = [
  ['ConfigMap', 'configMapRef'],
  ['Secret', 'secretRef'],
] as const

/**
 * Keys, paths and texts of a ConfigMap or Secret. Base64 is left alone: what is in it is not written for reading.
 * So is the configuration of a whole mesh, which every proxy reads and which says nothing of any one of them.
 */
function* dataOf(object: KubeObject | undefined): Iterable<readonly [string, Path, string]> {
  const field = object?.kind === 'Secret' ? 'stringData' : 'data'
  for (const [key, value] of entries(object?.body, field)) {
    if (typeof value === 'string' && !(key === 'mesh' && value.includes('defaultConfig'))) yield [key, [field, key], value]
  }
}

/** `$(NAME)` as the kubelet fills it in; `$$(NAME)` stays. */
function expand(written: string, variables: ReadonlyMap<string, string>): string {
  if (!written.includes('$(')) return written
  return written.replace(/\$\$\(|\$\(([A-Za-z_][A-Za-z0-9_.-]{0,200})\)/g, (whole, name: string | undefined) =>
    name === undefined ? whole : (variables.get(name) ?? whole),
  )
}

/** The names of variables that Kubernetes itself sets for Services: `REDIS_SERVICE_HOST` for the Service `redis`. */
export function serviceVariables(written: string): string[] {
  return [...written.matchAll(/\$[({]?([A-Z0-9][A-Z0-9_]{0,100})_SERVICE_(?:HOST|PORT)/g)].map(([, name = '']) =>
    name.toLowerCase().replaceAll('_', '-'),
  )
}

export function annotationsOf({ body }: KubeObject): [string, Value][] {
  const annotations = get(body, 'metadata', 'annotations')
  return isMap(annotations) ? Object.entries(annotations) : []
}
