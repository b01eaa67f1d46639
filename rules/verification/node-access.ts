import { nodeAccessOf } from '../../server/model/node-access.ts'
import { isNodeAgent } from '../../server/model/node-agents.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, isUnknown } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'

export default defineRule<'workload', never, { readonly workload: Workload }>({
  name: 'node-access',
  title: 'Workload can take over its node',
  pillar: 'verification',
  severity: 'warning',
  controls: {
    cis: ['5.2.2', '5.2.3', '5.2.4', '5.2.9', '5.2.12'],
    nsa: ['Pod'],
    nist80053: ['AC-6', 'CM-7', 'SC-39'],
    nist800207: ['5'],
    attack: ['T1611'],
    owasp: ['K01'],
  },
  since: '0.1.0',
  each: 'workload',
  reads: [],
  *check(workload) {
    const { object, specPath } = workload
    for (const { path, body } of workload.containers) {
      if (isUnknown(get(body, 'securityContext', 'privileged')))
        yield { notEvaluated: object, path: [...path, 'securityContext', 'privileged'] }
    }
    for (const field of ['hostPID', 'hostIPC']) {
      if (isUnknown(get(workload.spec, field))) yield { notEvaluated: object, path: [...specPath, field] }
    }
    const ways = nodeAccessOf(workload)
    const [first, ...others] = ways
    if (!first) return
    const what = ways.some(({ takesOver }) => takesOver)
      ? 'can take over its node, and with it every pod there'
      : 'is not kept apart from its node, so whoever gets into it reaches what runs beside it'
    const how = ways.slice(0, 3).map(({ how }) => how)
    yield {
      object,
      path: first.path,
      part: first.part,
      severity: isNodeAgent(workload) ? 'information' : 'warning',
      message: `${object.kind} \`${object.name}\` ${what}: it ${how.join('; it ')}. Take away what it does not need.`,
      related: others.map(({ how, ...anchor }) => ({ ...anchor, message: `It also ${how}.` })),
      data: { workload },
    }
  },
  *fix({ data }) {
    const ways = data ? nodeAccessOf(data.workload) : []
    const changes = ways.map(({ change }) => change).filter((change) => change !== undefined)
    // A way that stays open would leave the finding.
    if (changes.length === 0 || changes.length < ways.length) return
    yield {
      leaves: ['workload-not-restricted'],
      title: `Take away ${ways.length === 1 ? 'access' : `${ways.length} ways`} to the node: what needs the node itself stops working`,
      applicability: 'hardening',
      changes,
    }
  },
})
