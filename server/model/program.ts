import type { KubeObject } from './object.ts'
import { entries, get, hasUnknown, isMap, isUnknown, items, type Path, text, type Value } from './value.ts'
import { workloadOf } from './workload.ts'

/** How a program of the control plane is started, as far as an object says. */
export interface Program {
  readonly flags: ReadonlyMap<string, ProgramFlag>
  /** Flags that are there, with values that are not known. */
  readonly unread: ReadonlySet<string>
  /** Whether there may be flags that cannot be read. */
  readonly incomplete: boolean
  /** What starts it fills in what is not said: kubeadm and kops choose safer values than the program. */
  readonly managed: boolean
  /** Where a flag that is not there would be written. */
  readonly path: Path
}

export interface ProgramFlag {
  readonly value: string
  readonly path: Path
  /** Where the value begins in the string at `path`. */
  readonly start: number
}

/** Whether `program` is known to be started without `flag`. */
export function lacks({ flags, unread, incomplete }: Program, flag: string): boolean {
  return !incomplete && !flags.has(flag) && !unread.has(flag)
}

/** The container of a pod that runs a program whose name `named` fits. Undefined when none does. */
export function programInPod(object: KubeObject, named: RegExp): Program | undefined {
  for (const { body, path } of workloadOf(object)?.containers ?? []) {
    const words = ['command', 'args'].flatMap((field) => items(body, field).map((word, i) => ({ word, path: [...path, field, i] })))
    const program = words[0]?.word
    if (typeof program !== 'string' || !named.test(program)) continue
    const incomplete = hasUnknown(get(body, 'command')) || hasUnknown(get(body, 'args')) || words.some(({ word }) => mayBeFlags(word))
    const field = get(body, 'command') === undefined ? 'args' : 'command'
    return { flags: flagsOf(words), unread: new Set(), incomplete, managed: false, path: [...path, field] }
  }
  return undefined
}

/** A placeholder that stands for all of a word may stand for any flag. */
function mayBeFlags(word: Value): boolean {
  return typeof word === 'string' && /^(\$\{|\{\{)/.test(word)
}

function flagsOf(words: readonly { readonly word: Value; readonly path: Path }[]): ReadonlyMap<string, ProgramFlag> {
  const flags = new Map<string, ProgramFlag>()
  for (const [i, { word, path }] of words.entries()) {
    const match = typeof word === 'string' ? /^--([a-z0-9-]+)(=|$)/.exec(word) : null
    if (!match?.[1] || typeof word !== 'string') continue
    const next = words[i + 1]
    if (match[2] === '=') flags.set(match[1], { value: word.slice(match[0].length), path, start: match[0].length })
    else if (typeof next?.word === 'string' && !next.word.startsWith('--'))
      flags.set(match[1], { value: next.word, path: next.path, start: 0 })
    else flags.set(match[1], { value: 'true', path, start: 0 })
  }
  return flags
}

/** Where objects keep what kubeadm is told: its own file, and Cluster API, which hands it on. */
const KUBEADM: ReadonlyMap<string, Path> = new Map<string, Path>([
  ['kubeadm.k8s.io/ClusterConfiguration', []],
  ['bootstrap.cluster.x-k8s.io/KubeadmConfig', ['spec', 'clusterConfiguration']],
  ['bootstrap.cluster.x-k8s.io/KubeadmConfigTemplate', ['spec', 'template', 'spec', 'clusterConfiguration']],
  ['controlplane.cluster.x-k8s.io/KubeadmControlPlane', ['spec', 'kubeadmConfigSpec', 'clusterConfiguration']],
  ['controlplane.cluster.x-k8s.io/KubeadmControlPlaneTemplate', ['spec', 'template', 'spec', 'kubeadmConfigSpec', 'clusterConfiguration']],
])

export const KUBEADM_KINDS: readonly string[] = [...KUBEADM.keys()]

/** Where `object` keeps the configuration of a cluster; undefined when kubeadm reads none there. */
export function kubeadmPath(object: KubeObject): Path | undefined {
  const path = KUBEADM.get(object.groupKind)
  // Cluster API keeps what only a worker is told in objects of the same kinds.
  return path && (path.length === 0 || get(object.body, ...path) !== undefined) ? path : undefined
}

/** What is told of the program at `component` (`apiServer`): a map up to v1beta3, a list of names and values since. */
export function programInKubeadm({ body }: KubeObject, component: Path): Program {
  const path: Path = [...component, 'extraArgs']
  const { flags, unread } = readEntries(body, path)
  for (const [i, item] of items(body, ...path).entries()) {
    const name = text(item, 'name')
    const value = get(item, 'value')
    if (name === undefined || value === undefined) continue
    if (isUnknown(value)) unread.add(name)
    else if (typeof value !== 'object') flags.set(name, { value: String(value), path: [...path, i, 'value'], start: 0 })
  }
  const incomplete = isUnknown(get(body, ...path)) || items(body, ...path).some((item) => isUnknown(item) || isUnknown(get(item, 'name')))
  return { flags, unread, incomplete, managed: true, path }
}

/** kops names flags in its own way: `anonymousAuth` for `--anonymous-auth`. */
export function programInKops(object: KubeObject, component: string): Program | undefined {
  const path: Path = ['spec', component]
  if (!isMap(get(object.body, ...path))) return undefined
  return {
    ...readEntries(object.body, path, (name) => name.replace(/[A-Z]+/g, (letters) => `-${letters.toLowerCase()}`)),
    incomplete: false,
    managed: true,
    path,
  }
}

function readEntries(body: Value, path: Path, flagOf: (name: string) => string = (name) => name) {
  const flags = new Map<string, ProgramFlag>()
  const unread = new Set<string>()
  for (const [name, value] of entries(body, ...path)) {
    const written = Array.isArray(value) ? value.join(',') : value
    if (isUnknown(value)) unread.add(flagOf(name))
    else if (typeof written !== 'object') flags.set(flagOf(name), { value: String(written), path: [...path, name], start: 0 })
  }
  return { flags, unread }
}
