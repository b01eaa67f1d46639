import { defineRule } from '../../server/model/rule.ts'
import { get, isUnknown } from '../../server/model/value.ts'

export default defineRule({
  name: 'privileged-container',
  title: 'Container runs privileged',
  pillar: 'verification',
  severity: 'warning',
  controls: {
    cis: ['5.2.2'],
    nsa: ['Pod'],
    nist80053: ['AC-6', 'CM-7'],
    nist800207: ['5'],
    attack: ['T1611'],
    owasp: ['K01'],
  },
  since: '0.1.0',
  each: 'workload',
  reads: [],
  *check(workload) {
    for (const container of workload.containers) {
      const path = [...container.path, 'securityContext', 'privileged']
      const privileged = get(container.body, 'securityContext', 'privileged')
      if (isUnknown(privileged)) yield { notEvaluated: workload.object, path }
      if (privileged !== true) continue
      yield {
        object: workload.object,
        path,
        part: 'value',
        discriminator: container.name,
        message: `Container \`${container.name}\` can take over its node: it runs privileged. Remove \`privileged\` and add only the capabilities that it needs.`,
        data: { path },
      }
    }
  },
  *fix(finding) {
    yield {
      title: 'Run without privileges: what needs direct access to the node stops working',
      applicability: 'hardening',
      changes: [{ op: 'set', object: finding.object, path: finding.data?.path ?? finding.path, value: false }],
    }
  },
})
