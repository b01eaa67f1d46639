import { SYSTEM_NAMESPACES } from '../../server/model/namespaces.ts'
import { deniesByDefault, unrestricted } from '../../server/model/network/open.ts'
import { defineRule } from '../../server/model/rule.ts'
import { type IsolationFacts, isolate, podsOf } from '../isolate.ts'

interface Data {
  readonly namespace: string
}

export default defineRule<'namespace', IsolationFacts, Data>({
  name: 'namespace-egress-open',
  title: 'Namespace whose pods may connect to everything',
  pillar: 'network',
  // Few close it, and the API server, updates and other companies must be known first: said where somebody asks for it.
  severity: 'hint',
  absence: true,
  controls: {
    cis: ['5.3.2'],
    nsa: ['Net'],
    nist80053: ['AC-4', 'SC-7', 'SC-7(5)'],
    nist800207: ['2', '4'],
    attack: ['T1041', 'T1046', 'T1552.005'],
    owasp: ['K05'],
  },
  since: '0.1.0',
  each: 'namespace',
  reads: ['objects', 'namespaces', 'workloads', 'services', 'reachability', 'intents'],
  *check(namespace, { facts: { reachability } }) {
    const { name, object } = namespace
    // Where ingress is open as well, that is said, and its way out closes both.
    if (SYSTEM_NAMESPACES.has(name) || deniesByDefault(name, 'ingress', reachability) !== true) return
    const denied = deniesByDefault(name, 'egress', reachability)
    const judged = unrestricted(podsOf(namespace), 'egress', reachability)
    const [first, ...more] = judged.map(({ workload }) => workload)
    if (denied === true || !first) return
    const where = name !== '' ? `\`${name}\`` : more.length === 0 ? 'its namespace' : 'their namespace'
    const who = more.length === 0 ? `\`${first.object.name}\`` : `${more.length + 1} workloads`
    yield {
      object: object ?? first.object,
      path: ['metadata', 'name'],
      part: 'value',
      about: name === '' ? first.object.id : `namespace ${name}`,
      certainty: denied === 'unknown' || judged.every(({ open }) => open === 'unknown') ? 'possible' : 'certain',
      message: `${who} in ${where} may connect to every pod and address, the cloud's metadata service among them: ingress is closed by default, egress is not. Close it and allow what is needed.`,
      related: more.map((workload) => ({
        object: workload.object,
        path: ['metadata', 'name'],
        part: 'value' as const,
        message: `${workload.object.kind} \`${workload.object.name}\` may do so too.`,
      })),
      data: { namespace: name },
    }
  },
  *fix({ object, data }, { facts }) {
    const namespace = data && facts.namespaces.get(data.namespace)
    if (namespace) yield* isolate(namespace, [['egress']], object, facts)
  },
})
