import type { ObjectsByKind } from '../facts.ts'
import type { KubeObject } from '../object.ts'
import { entries, get, isMap, isUnknown, type Path, text, type Value } from '../value.ts'
import { inSameModule } from './references.ts'
import type { CloudResource } from './resource.ts'

/** Engines that enforce network policies wherever they are installed. */
const ENGINES = /(?:^|[/-])(?:cilium|calico|tigera-operator|antrea|kube-router|kube-network-policies)(?:-node|-agent)?$/
/** Switches of modules that install add-ons. */
const SWITCHES = /^enable_(?:cilium|calico|aws_calico|tigera_operator|antrea)$/

/** Whether the files install an engine of their own, whatever the cloud's does. */
export function installsEngine(of: ObjectsByKind): boolean {
  const named = (object: KubeObject): boolean => ENGINES.test(object.name)
  return (
    of('apps/DaemonSet').some(named) ||
    of('argoproj.io/Application').some(named) ||
    of('helm.toolkit.fluxcd.io/HelmRelease').some(named) ||
    of('terraform/helm_release').some(({ body }) => ['chart', 'name'].some((field) => ENGINES.test(text(body, 'spec', field) ?? ''))) ||
    of('terraform/module').some(({ body }) => entries(body, 'spec').some(([name, value]) => SWITCHES.test(name) && value === true))
  )
}

/** What the VPC CNI of an EKS cluster is told about policies, and where. */
export interface VpcCni {
  readonly object: KubeObject
  readonly path: Path
  /** 'unknown' when its configuration is not known. */
  readonly enforces: boolean | 'unknown'
  /** Its configuration is a structure, in which more can be written. */
  readonly structured: boolean
}

/** The VPC CNI as an add-on of a cluster or of the module that makes one, or as a chart; undefined where the files have none. */
export function vpcCniOf(cluster: CloudResource, of: ObjectsByKind): VpcCni | undefined {
  const { object } = cluster
  const here = inSameModule(of, object)
  // The module that makes the cluster, or one that installs add-ons on it.
  for (const module of [...(object.kind === 'module' ? [object] : []), ...here('terraform/module')]) {
    const found = addonOf(module)
    if (found) return found
  }
  const name = text(object.body, 'spec', 'name')
  const addon = here('terraform/aws_eks_addon').find(({ body }) => {
    const target = get(body, 'spec', 'cluster_name')
    return isCni(body) && (typeof target === 'string' ? name === undefined || target === name : isUnknown(target))
  })
  if (addon) return configured(addon, ['spec', 'configuration_values'])
  return elsewhere(of)
}

function isCni(body: Value): boolean {
  return text(body, 'spec', 'addon_name') === 'vpc-cni'
}

/** What another root module configures may be for this cluster: it excuses, and accuses nobody. */
function elsewhere(of: ObjectsByKind): VpcCni | undefined {
  const modules = of('terraform/module').flatMap((module) => addonOf(module) ?? [])
  const addons = of('terraform/aws_eks_addon')
    .filter(({ body }) => isCni(body))
    .map((addon) => configured(addon, ['spec', 'configuration_values']))
  const found = [...modules, ...addons].find(({ enforces }) => enforces !== false)
  if (found) return found
  const chart = of('terraform/helm_release').find(({ body }) => text(body, 'spec', 'chart') === 'aws-vpc-cni')
  return chart && { object: chart, path: ['spec'], enforces: 'unknown', structured: false }
}

function addonOf(module: KubeObject): VpcCni | undefined {
  for (const addons of ['addons', 'cluster_addons', 'eks_addons']) {
    const all = get(module.body, 'spec', addons)
    for (const name of ['vpc-cni', 'vpc_cni']) {
      if (isUnknown(all) || isUnknown(get(all, name)))
        return { object: module, path: ['spec', addons], enforces: 'unknown', structured: false }
      if (isMap(get(all, name))) return configured(module, ['spec', addons, name, 'configuration_values'])
    }
  }
  return undefined
}

function configured(object: KubeObject, path: Path): VpcCni {
  const value = get(object.body, ...path)
  const structured = isMap(value)
  const read = typeof value === 'string' ? parse(value) : value
  if (isUnknown(read)) return { object, path, enforces: 'unknown', structured: false }
  const wanted = get(read, 'enableNetworkPolicy')
  return { object, path, enforces: isUnknown(wanted) ? 'unknown' : wanted === true || wanted === 'true', structured }
}

function parse(text: string): Value | undefined {
  try {
    return text.length < 100_000 ? (JSON.parse(text) as Value) : undefined
  } catch {
    // The add-on takes YAML too.
    return { enableNetworkPolicy: /^\s*enableNetworkPolicy:\s*["']?true\b/m.test(text) }
  }
}
