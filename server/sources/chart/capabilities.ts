import { parseVersion } from '../../syntax/go/semver.ts'
import type { BuiltIn } from '../../syntax/go-template/provenance.ts'
import { textOf } from '../../syntax/go-template/text.ts'
import { type GoStruct, type GoValue, list } from '../../syntax/go-template/value.ts'

/** What `.Capabilities` says. */
export interface Capabilities {
  /** `v1.35.0` */
  readonly kubeVersion: string
  readonly major: string
  readonly minor: string
  /** Without suffixes of a distribution: what Helm 4 compares. */
  readonly normalized: string
  readonly apiVersions: readonly string[]
}

/** The versions of each API group that Helm 4.1 takes for granted; the core group has the empty name. */
const API_VERSIONS: readonly (readonly [string, string])[] = [
  ['', 'v1'],
  ['admissionregistration.k8s.io', 'v1 v1alpha1 v1beta1'],
  ['internal.apiserver.k8s.io', 'v1alpha1'],
  ['apps', 'v1 v1beta1 v1beta2'],
  ['authentication.k8s.io', 'v1 v1alpha1 v1beta1'],
  ['authorization.k8s.io', 'v1 v1beta1'],
  ['autoscaling', 'v1 v2 v2beta1 v2beta2'],
  ['batch', 'v1 v1beta1'],
  ['certificates.k8s.io', 'v1 v1beta1 v1alpha1'],
  ['coordination.k8s.io', 'v1alpha2 v1beta1 v1'],
  ['discovery.k8s.io', 'v1 v1beta1'],
  ['events.k8s.io', 'v1 v1beta1'],
  ['extensions', 'v1beta1'],
  ['flowcontrol.apiserver.k8s.io', 'v1 v1beta1 v1beta2 v1beta3'],
  ['networking.k8s.io', 'v1 v1beta1'],
  ['node.k8s.io', 'v1 v1alpha1 v1beta1'],
  ['policy', 'v1 v1beta1'],
  ['rbac.authorization.k8s.io', 'v1 v1beta1 v1alpha1'],
  ['resource.k8s.io', 'v1 v1beta2 v1beta1 v1alpha3'],
  ['scheduling.k8s.io', 'v1alpha1 v1beta1 v1'],
  ['storage.k8s.io', 'v1beta1 v1 v1alpha1'],
  ['storagemigration.k8s.io', 'v1beta1'],
  ['apiextensions.k8s.io', 'v1beta1 v1'],
]

/** Where Helm 3.17 differs. */
const API_VERSIONS_3: ReadonlyMap<string, string> = new Map([
  ['networking.k8s.io', 'v1 v1alpha1 v1beta1'],
  ['resource.k8s.io', 'v1beta1 v1alpha3'],
  ['storagemigration.k8s.io', 'v1alpha1'],
])

function defaultApiVersions(helm: 3 | 4): string[] {
  return API_VERSIONS.flatMap(([group, versions]) =>
    ((helm === 3 ? API_VERSIONS_3.get(group) : undefined) ?? versions)
      .split(' ')
      .map((version) => (group === '' ? version : `${group}/${version}`)),
  )
}

/** Helm's defaults, with what is asked for beyond. A string says why the version is none. */
export function capabilitiesOf(helm: 3 | 4, kubeVersion: string | undefined, apiVersions: readonly string[]): Capabilities | string {
  const wanted = kubeVersion ?? (helm === 4 ? 'v1.35.0' : 'v1.32.0')
  const version = helm === 4 ? parseGeneric(wanted) : parseVersion(wanted)
  if (typeof version === 'string') return `invalid kube version '${wanted}': ${version}`
  const normalized = `v${version.major}.${version.minor}.${version.patch}`
  const suffix = helm === 4 || version.pre === '' ? '' : `-${version.pre}`
  const metadata = helm === 4 || version.metadata === '' ? '' : `+${version.metadata}`
  return {
    kubeVersion: helm === 4 ? (wanted.startsWith('v') ? wanted : `v${wanted}`) : normalized + suffix + metadata,
    major: String(version.major),
    minor: String(version.minor),
    normalized: helm === 4 ? normalized : normalized + suffix + metadata,
    apiVersions: [...defaultApiVersions(helm), ...apiVersions],
  }
}

/** Kubernetes' own reading of versions: what follows the numbers does not count. */
function parseGeneric(text: string) {
  const match = /^\s*v?(\d+(?:\.\d+){1,2})/.exec(text)
  return match?.[1] ? parseVersion(match[1]) : `could not parse ${JSON.stringify(text)} as version`
}

const BUILD: Readonly<Record<3 | 4, readonly (readonly [string, string, string])[]>> = {
  3: [
    ['Version', 'version', 'v3.17.2'],
    ['GitCommit', 'git_commit', 'cc0bbbd6d6276b83880042c1ecb34087e84d41eb'],
    ['GitTreeState', 'git_tree_state', 'clean'],
    ['GoVersion', 'go_version', 'go1.23.7'],
  ],
  4: [
    ['Version', 'version', 'v4.1.4'],
    ['GitCommit', 'git_commit', '05fa37973dc9e42b76e1d2883494c87174b6074f'],
    ['GitTreeState', 'git_tree_state', 'clean'],
    ['GoVersion', 'go_version', 'go1.25.9'],
    ['KubeClientVersion', 'kube_client_version', 'v1.35'],
  ],
}

/** `.Capabilities` */
export function capabilitiesValue({ kubeVersion, major, minor, normalized, apiVersions }: Capabilities, helm: 3 | 4): GoStruct {
  const origin = (name: string): BuiltIn => ({ kind: 'built-in', name: `.Capabilities${name}` })
  const prefix = helm === 4 ? 'common' : 'chartutil'
  const versionOrigin = origin('.KubeVersion')
  const kube: GoStruct = {
    kind: 'struct',
    type: `${prefix}.KubeVersion`,
    pointer: false,
    fields: new Map<string, GoValue>([
      ['Version', textOf(kubeVersion, versionOrigin)],
      ...(helm === 4 ? ([['normalizedVersion', textOf(normalized, versionOrigin)]] as const) : []),
      ['Major', textOf(major, versionOrigin)],
      ['Minor', textOf(minor, versionOrigin)],
    ]),
    json: [
      ['Version', textOf(kubeVersion, versionOrigin)],
      ['Major', textOf(major, versionOrigin)],
      ['Minor', textOf(minor, versionOrigin)],
    ],
    printed: normalized,
    origin: versionOrigin,
  }
  const apis = origin('.APIVersions')
  const build = BUILD[helm]
  const helmVersion: GoStruct = {
    kind: 'struct',
    type: 'version.BuildInfo',
    pointer: false,
    fields: new Map(build.map(([name, , value]) => [name, textOf(value, origin('.HelmVersion'))])),
    json: build.map(([, name, value]) => [name, textOf(value, origin('.HelmVersion'))]),
    origin: origin('.HelmVersion'),
  }
  return {
    kind: 'struct',
    type: `${prefix}.Capabilities`,
    pointer: true,
    fields: new Map<string, GoValue>([
      ['KubeVersion', kube],
      [
        'APIVersions',
        list(
          apiVersions.map((each) => textOf(each, apis)),
          apis,
          `${prefix}.VersionSet`,
        ),
      ],
      ['HelmVersion', helmVersion],
    ]),
    origin: origin(''),
  }
}
