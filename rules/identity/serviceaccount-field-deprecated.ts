import { defineRule } from '../../server/model/rule.ts'
import { get } from '../../server/model/value.ts'

export default defineRule({
  name: 'serviceaccount-field-deprecated',
  title: 'ServiceAccount by the old name of its field',
  pillar: 'identity',
  severity: 'hint',
  controls: { nist80053: ['CM-6'] },
  since: '0.1.0',
  each: 'workload',
  reads: [],
  *check({ object, spec, specPath }) {
    const old = get(spec, 'serviceAccount')
    const current = get(spec, 'serviceAccountName')
    // The API server writes both, so what was read from a cluster has them.
    if (typeof old !== 'string' || old === '' || old === current) return
    yield {
      object,
      path: [...specPath, 'serviceAccount'],
      part: 'key',
      message:
        current === undefined
          ? `\`${object.name}\` names its ServiceAccount by \`serviceAccount\`, which newer tools overlook. Write \`serviceAccountName\`.`
          : `\`${object.name}\` names a ServiceAccount twice, and \`serviceAccountName\` counts. Take \`serviceAccount\` out.`,
    }
  },
  *fix({ object, path }) {
    const name = get(object.body, ...path)
    if (typeof name !== 'string') return
    const current = [...path.slice(0, -1), 'serviceAccountName']
    const isSet = get(object.body, ...current) !== undefined
    yield {
      title: isSet
        ? 'Take `serviceAccount` out: `serviceAccountName` counts'
        : 'Write `serviceAccountName`: the same account by its present name',
      applicability: 'safe',
      changes: [{ op: 'remove', object, path }, ...(isSet ? [] : [{ op: 'set' as const, object, path: current, value: name }])],
      leaves: ['serviceaccount-unresolved'],
    }
  },
})
