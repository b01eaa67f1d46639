import type { NamespaceFacts } from '../../server/model/facts.ts'
import { isNodeAgent } from '../../server/model/node-agents.ts'
import { SYSTEM_NAMESPACES } from '../../server/model/namespaces.ts'
import { LEVELS, type Level, levelOf } from '../../server/model/pod-security/violations.ts'
import { defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { get, isUnknown } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'

const LABEL = 'pod-security.kubernetes.io/'

/** Policies of these kinds may refuse pods as well. */
const ENGINES = [
  'kyverno.io/ClusterPolicy',
  'policies.kyverno.io/ValidatingPolicy',
  'templates.gatekeeper.sh/ConstraintTemplate',
  'policies.kubewarden.io/ClusterAdmissionPolicy',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
]

export default defineRule<'namespace', 'namespaces' | 'objects', { readonly namespace: string }>({
  name: 'namespace-no-pod-security',
  title: 'Namespace admits pods of every Pod Security level',
  pillar: 'verification',
  severity: 'information',
  absence: true,
  controls: {
    cis: ['5.2.1'],
    nsa: ['Pod'],
    nist80053: ['CM-6', 'CM-7', 'AC-6'],
    nist800207: ['5'],
    attack: ['T1610', 'T1611'],
    owasp: ['K01', 'K04'],
  },
  since: '0.1.0',
  each: 'namespace',
  reads: ['namespaces', 'objects'],
  *check(namespace, { facts, target }) {
    const { object, name, workloads } = namespace
    if (!object || SYSTEM_NAMESPACES.has(name) || target.platform === 'openshift') return
    const enforce = get(object.body, 'metadata', 'labels', `${LABEL}enforce`)
    if (isUnknown(enforce) || namespace.labels === 'unknown') yield { notEvaluated: object, path: ['metadata', 'labels'] }
    if (isUnknown(enforce) || namespace.labels === 'unknown' || enforce === 'baseline' || enforce === 'restricted') return
    const weakest = workloads.filter((workload) => levelOf(workload, target.minor) === 'privileged')
    yield {
      object,
      path: enforce === undefined ? ['metadata', 'name'] : ['metadata', 'labels', `${LABEL}enforce`],
      part: 'value',
      // Agents of the node cannot do with less; what else runs beside them is the matter then.
      severity: weakest.some(isNodeAgent) ? 'hint' : 'information',
      certainty: ENGINES.some((kind) => facts.objects(kind).length > 0) ? 'possible' : 'certain',
      message: `\`${name}\` admits privileged pods: ${enforce === undefined ? 'no Pod Security level is enforced' : `it enforces \`${String(enforce)}\``}. ${remedy(namespace, weakest, target.minor)}`,
      related: weakest.map((workload) => ({
        object: workload.object,
        path: ['metadata', 'name'],
        part: 'value' as const,
        message: `${workload.object.kind} \`${workload.object.name}\` needs \`privileged\`.`,
      })),
      data: { namespace: name },
    }
  },
  *fix({ object, data }, { facts, target }) {
    const namespace = data && facts.namespaces.get(data.namespace)
    const level = namespace && strictest(namespace, target.minor)
    if (!level || level === 'privileged') return
    const set = (key: string, value: string): ObjectChange => ({ op: 'set', object, path: ['metadata', 'labels', `${LABEL}${key}`], value })
    yield {
      title: `Enforce \`${level}\`: ${namespace.workloads.length === 0 ? 'the namespace is empty here' : 'every workload here meets it'}; pods from elsewhere that do not are refused`,
      applicability: 'assisted',
      changes: [
        set('enforce', level),
        set('enforce-version', `v1.${target.minor}`),
        ...(level === 'restricted' ? [] : [set('warn', 'restricted')]),
      ],
      // The label becomes worth changing.
      leaves: ['rbac-namespace-relabel'],
    }
  },
})

function remedy(namespace: NamespaceFacts, weakest: readonly Workload[], minor: number): string {
  const { workloads } = namespace
  const [first] = weakest
  if (first)
    return `Of its ${workloads.length} workloads ${weakest.length === 1 ? `\`${first.object.name}\` needs` : `${weakest.length} need`} it: move ${weakest.length === 1 ? 'it to a namespace of its own' : 'them to a namespace of their own'}, and enforce a level here.`
  const level = strictest(namespace, minor)
  if (level === undefined || workloads.length === 0) return 'Enforce the level that its workloads meet.'
  return `Its ${workloads.length === 1 ? 'workload meets' : `${workloads.length} workloads meet`} \`${level}\`: enforce it.`
}

/** The strictest level that all workloads seen here meet; undefined when one of them cannot be told. */
function strictest({ workloads }: Pick<NamespaceFacts, 'workloads'>, minor: number): Level | undefined {
  let strict: Level = 'restricted'
  for (const workload of workloads) {
    const level = levelOf(workload, minor)
    if (level === undefined) return undefined
    if (LEVELS.indexOf(level) < LEVELS.indexOf(strict)) strict = level
  }
  return strict
}
