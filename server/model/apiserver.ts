import type { KubeObject } from './object.ts'
import { entries, get, isMap, items, type Path, text } from './value.ts'
import { workloadOf } from './workload.ts'

/** How an API server is started, as far as an object says. */
export interface ApiServer {
  readonly flags: ReadonlyMap<string, ApiServerFlag>
  /** What starts it fills in what is not said: kubeadm and kops choose safer values than the program. */
  readonly managed: boolean
  /** Where a flag that is not there would be written. */
  readonly path: Path
}

export interface ApiServerFlag {
  readonly value: string
  readonly path: Path
  /** Where the value begins in the string at `path`. */
  readonly start: number
}

/** Where objects keep what kubeadm is told: its own file, and Cluster API, which hands it on. */
const KUBEADM: ReadonlyMap<string, Path> = new Map<string, Path>([
  ['kubeadm.k8s.io/ClusterConfiguration', []],
  ['bootstrap.cluster.x-k8s.io/KubeadmConfig', ['spec', 'clusterConfiguration']],
  ['bootstrap.cluster.x-k8s.io/KubeadmConfigTemplate', ['spec', 'template', 'spec', 'clusterConfiguration']],
  ['controlplane.cluster.x-k8s.io/KubeadmControlPlane', ['spec', 'kubeadmConfigSpec', 'clusterConfiguration']],
  ['controlplane.cluster.x-k8s.io/KubeadmControlPlaneTemplate', ['spec', 'template', 'spec', 'kubeadmConfigSpec', 'clusterConfiguration']],
])

export const APISERVER_KINDS: readonly string[] = [
  '/Pod',
  'apps/Deployment',
  'apps/DaemonSet',
  'apps/StatefulSet',
  ...KUBEADM.keys(),
  'kops.k8s.io/Cluster',
]

/** Undefined when an object starts no API server. */
export function apiServerOf(object: KubeObject): ApiServer | undefined {
  const configuration = KUBEADM.get(object.groupKind)
  if (configuration) return kubeadm(object, configuration)
  if (object.group === 'kops.k8s.io') return kops(object)
  return fromPod(object)
}

function fromPod(object: KubeObject): ApiServer | undefined {
  for (const { body, path } of workloadOf(object)?.containers ?? []) {
    const words = ['command', 'args'].flatMap((field) => items(body, field).map((word, i) => ({ word, path: [...path, field, i] })))
    const program = words[0]?.word
    if (typeof program !== 'string' || !/(^|\/)kube-apiserver$/.test(program)) continue
    const flags = new Map<string, ApiServerFlag>()
    for (const [i, { word, path: at }] of words.entries()) {
      const match = typeof word === 'string' ? /^--([a-z0-9-]+)(=|$)/.exec(word) : null
      if (!match?.[1] || typeof word !== 'string') continue
      const next = words[i + 1]
      if (match[2] === '=') flags.set(match[1], { value: word.slice(match[0].length), path: at, start: match[0].length })
      else if (typeof next?.word === 'string' && !next.word.startsWith('--'))
        flags.set(match[1], { value: next.word, path: next.path, start: 0 })
      else flags.set(match[1], { value: 'true', path: at, start: 0 })
    }
    const field = get(body, 'command') === undefined ? 'args' : 'command'
    return { flags, managed: false, path: [...path, field] }
  }
  return undefined
}

/** `extraArgs` is a map up to v1beta3, a list of names and values since. */
function kubeadm(object: KubeObject, configuration: Path): ApiServer {
  const path: Path = [...configuration, 'apiServer', 'extraArgs']
  const flags = new Map<string, ApiServerFlag>()
  for (const [name, value] of entries(object.body, ...path)) {
    if (typeof value !== 'object') flags.set(name, { value: String(value), path: [...path, name], start: 0 })
  }
  for (const [i, item] of items(object.body, ...path).entries()) {
    const name = text(item, 'name')
    const value = get(item, 'value')
    if (name !== undefined && value !== undefined && typeof value !== 'object')
      flags.set(name, { value: String(value), path: [...path, i, 'value'], start: 0 })
  }
  return { flags, managed: true, path }
}

/** kops names flags in its own way: `anonymousAuth` for `--anonymous-auth`. */
function kops(object: KubeObject): ApiServer | undefined {
  const path: Path = ['spec', 'kubeAPIServer']
  if (!isMap(get(object.body, ...path))) return undefined
  const flags = new Map<string, ApiServerFlag>()
  for (const [name, value] of entries(object.body, ...path)) {
    const flag = name.replace(/[A-Z]+/g, (letters) => `-${letters.toLowerCase()}`)
    const written = Array.isArray(value) ? value.join(',') : value
    if (typeof written !== 'object') flags.set(flag, { value: String(written), path: [...path, name], start: 0 })
  }
  return { flags, managed: true, path }
}
