import type { Facts } from '../../server/model/facts.ts'
import { members } from '../../server/model/network/sets/bits.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, items, type Path, type Value } from '../../server/model/value.ts'

export default defineRule<'object', 'reachability'>({
  name: 'cilium-fqdn-without-dns-rule',
  title: 'Rule of Cilium for host names that it never learns',
  pillar: 'network',
  severity: 'warning',
  controls: { nsa: ['Net'], nist80053: ['CM-6', 'AC-4'], nist800207: ['4'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['cilium.io/CiliumNetworkPolicy', 'cilium.io/CiliumClusterwideNetworkPolicy'],
  reads: ['reachability'],
  *check(object, { facts }) {
    const [first] = fqdnPaths(object)
    if (!first || learns(object, facts)) return
    yield {
      object,
      path: first,
      part: 'key',
      message: `${describe(object)} opens nothing by host name: Cilium learns addresses from DNS answers that pass a rule with \`rules.dns\`, and no policy of these pods has one. Add it.`,
    }
  },
  *fix({ object }) {
    const egress = items(object.body, 'spec', 'egress')
    if (egress.length === 0) return
    yield {
      title: 'Let these pods ask the cluster DNS through Cilium: their rules for host names begin to work',
      applicability: 'assisted',
      changes: [{ op: 'insert', object, path: ['spec', 'egress'], index: egress.length, value: DNS_RULE }],
      leaves: ['policy-redundant'],
    }
  },
})

const DNS_RULE: Value = {
  toEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'kube-system', 'k8s:k8s-app': 'kube-dns' } }],
  toPorts: [{ ports: [{ port: '53', protocol: 'ANY' }], rules: { dns: [{ matchPattern: '*' }] } }],
}

function blocks({ body }: KubeObject): Path[] {
  return [...(get(body, 'spec') === undefined ? [] : [['spec']]), ...items(body, 'specs').map((_, i) => ['specs', i])]
}

function fqdnPaths(object: KubeObject): Path[] {
  return blocks(object).flatMap((block) =>
    items(object.body, ...block, 'egress').flatMap((rule, i): Path[] =>
      items(rule, 'toFQDNs').length > 0 ? [[...block, 'egress', i, 'toFQDNs']] : [],
    ),
  )
}

/** Whether some policy of every pod that it selects lets DNS pass where Cilium listens. */
function learns(object: KubeObject, { reachability }: Pick<Facts, 'reachability'>): boolean {
  if (hasDnsRule(object)) return true
  const selected = reachability.of(object).flatMap(({ selects }) => members(reachability.space.match(selects).must))
  const seen = (index: number): boolean =>
    reachability.layers.some((layer) => layer.says(index, 'egress').some(({ policy }) => hasDnsRule(policy.object)))
  return selected.length > 0 && selected.every(seen)
}

function hasDnsRule(object: KubeObject): boolean {
  return blocks(object).some((block) =>
    items(object.body, ...block, 'egress').some((rule) => items(rule, 'toPorts').some((ports) => items(ports, 'rules', 'dns').length > 0)),
  )
}
