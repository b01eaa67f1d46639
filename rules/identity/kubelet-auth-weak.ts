import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Fix, type Found } from '../../server/model/rule.ts'
import { get, isMap, items, type Path, text, type Value } from '../../server/model/value.ts'

/** Where an object says how a kubelet lets others in. What it leaves out is safe: files of all these kinds have defaults that are. */
interface Kubelet {
  readonly anonymous: Path
  readonly mode: Path
  readonly port: Path
}

const CONFIGURATION = 'kubelet.config.k8s.io/KubeletConfiguration'
const EKS = 'node.eks.aws/NodeConfig'
const KOPS = ['kops.k8s.io/Cluster', 'kops.k8s.io/InstanceGroup']

/** Where kubeadm and Cluster API keep flags of kubelets. */
const REGISTRATIONS: ReadonlyMap<string, readonly Path[]> = new Map<string, readonly Path[]>([
  ['kubeadm.k8s.io/InitConfiguration', [[]]],
  ['kubeadm.k8s.io/JoinConfiguration', [[]]],
  ['bootstrap.cluster.x-k8s.io/KubeadmConfig', joining(['spec'])],
  ['bootstrap.cluster.x-k8s.io/KubeadmConfigTemplate', joining(['spec', 'template', 'spec'])],
  ['controlplane.cluster.x-k8s.io/KubeadmControlPlane', joining(['spec', 'kubeadmConfigSpec'])],
  ['controlplane.cluster.x-k8s.io/KubeadmControlPlaneTemplate', joining(['spec', 'template', 'spec', 'kubeadmConfigSpec'])],
])

function joining(path: Path): readonly Path[] {
  return [
    [...path, 'initConfiguration'],
    [...path, 'joinConfiguration'],
  ]
}

interface Data {
  readonly kubelet: Kubelet
}

export default defineRule<'object', never, Data>({
  name: 'kubelet-auth-weak',
  title: 'Kubelet lets in whoever asks',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['4.2.1', '4.2.2', '4.2.4'], nsa: ['Auth'], nist80053: ['IA-3', 'AC-3'], attack: ['T1133'], owasp: ['K06', 'K09'] },
  since: '0.1.0',
  each: 'object',
  kinds: [CONFIGURATION, EKS, ...KOPS, ...REGISTRATIONS.keys()],
  reads: [],
  *check(object) {
    for (const kubelet of kubeletsOf(object)) yield* judge(object, kubelet)
  },
  *fix({ object, data, discriminator }) {
    if (data) yield* ways(object, data.kubelet, discriminator)
  },
})

function kubeletsOf(object: KubeObject): readonly Kubelet[] {
  if (object.groupKind === CONFIGURATION) return [configured([])]
  if (object.groupKind === EKS) return [configured(['spec', 'kubelet', 'config'])]
  if (object.group === 'kops.k8s.io') {
    const path = ['spec', 'kubelet']
    return [{ anonymous: [...path, 'anonymousAuth'], mode: [...path, 'authorizationMode'], port: [...path, 'readOnlyPort'] }]
  }
  return (REGISTRATIONS.get(object.groupKind) ?? []).map((path) => flagged(object, [...path, 'nodeRegistration', 'kubeletExtraArgs']))
}

function configured(path: Path): Kubelet {
  return {
    anonymous: [...path, 'authentication', 'anonymous', 'enabled'],
    mode: [...path, 'authorization', 'mode'],
    port: [...path, 'readOnlyPort'],
  }
}

/** A map of flags, or a list of names and values. */
function flagged({ body }: KubeObject, path: Path): Kubelet {
  const at = (flag: string): Path => {
    if (isMap(get(body, ...path))) return [...path, flag]
    const index = items(body, ...path).findIndex((item) => text(item, 'name') === flag)
    return [...path, index, 'value']
  }
  return { anonymous: at('anonymous-auth'), mode: at('authorization-mode'), port: at('read-only-port') }
}

function* judge(object: KubeObject, kubelet: Kubelet): Iterable<Found<Data>> {
  const anonymous = isTrue(get(object.body, ...kubelet.anonymous))
  const allows = get(object.body, ...kubelet.mode) === 'AlwaysAllow'
  const found = { object, part: 'value' as const, data: { kubelet } }
  if (anonymous && allows) {
    yield {
      ...found,
      path: kubelet.anonymous,
      severity: 'error',
      discriminator: 'everybody',
      message:
        'Whoever reaches port 10250 of a node runs commands in all of its containers: the kubelet asks nobody who they are, and `AlwaysAllow` lets them. Refuse anonymous requests, and have the API server decide (`Webhook`).',
      related: [{ object, path: kubelet.mode, part: 'value', message: 'Allows everything.' }],
    }
  } else if (anonymous) {
    yield {
      ...found,
      path: kubelet.anonymous,
      discriminator: 'anonymous',
      message:
        'The kubelet takes requests without a login: a binding for `system:anonymous` or `system:unauthenticated` is all that is missing to its containers and logs. Set it to `false`.',
    }
  } else if (allows) {
    yield {
      ...found,
      path: kubelet.mode,
      discriminator: 'authorization',
      message:
        'Whoever the kubelet knows may run commands in all containers of its node: `AlwaysAllow` asks no role. Set `Webhook`, so that the API server decides.',
    }
  }
  const port = get(object.body, ...kubelet.port)
  if (port !== undefined && typeof port !== 'object' && /^[1-9]\d*$/.test(String(port))) {
    yield {
      ...found,
      path: kubelet.port,
      discriminator: 'read-only-port',
      message: `The kubelet tells everybody who reaches port ${port} of a node what its pods are, with their environment: on the read-only port nobody logs in. Set it to 0.`,
    }
  }
}

/** Flags are strings where kubeadm keeps them. */
function isTrue(value: Value | undefined): boolean {
  return value === true || value === 'true'
}

function* ways(object: KubeObject, kubelet: Kubelet, what: string | undefined): Iterable<Fix> {
  const refuse = { op: 'set' as const, object, path: kubelet.anonymous, value: like(get(object.body, ...kubelet.anonymous), false) }
  const ask = { op: 'set' as const, object, path: kubelet.mode, value: 'Webhook' }
  if (what === 'everybody')
    yield {
      title: 'Refuse anonymous requests and ask the API server who may; others are turned away',
      applicability: 'hardening',
      changes: [refuse, ask],
    }
  else if (what === 'anonymous') yield { title: 'Refuse requests without a login', applicability: 'hardening', changes: [refuse] }
  else if (what === 'authorization')
    yield { title: 'Ask the API server who may; who has no role is turned away', applicability: 'hardening', changes: [ask] }
  else
    yield {
      title: 'Close the read-only port; what scrapes it stops',
      applicability: 'hardening',
      changes: [{ op: 'set', object, path: kubelet.port, value: like(get(object.body, ...kubelet.port), 0) }],
    }
}

function like(before: Value | undefined, value: boolean | number): Value {
  return typeof before === 'string' ? String(value) : value
}
