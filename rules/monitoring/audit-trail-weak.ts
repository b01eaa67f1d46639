import { checkSettings, fixSetting, kindsOf, type Setting } from '../../server/model/cloud/setting.ts'
import { defineRule } from '../../server/model/rule.ts'
import { items, type Path, texts } from '../../server/model/value.ts'

const SETTINGS: readonly Setting[] = [
  {
    type: 'aws_cloudtrail',
    argument: 'enable_logging',
    standard: true,
    wrong: [false],
    severity: 'warning',
    says: 'records nothing. Set `enable_logging` to true.',
    fix: { title: 'Record again', value: true, applicability: 'safe' },
  },
  {
    type: 'aws_cloudtrail',
    argument: 'is_multi_region_trail',
    standard: false,
    wrong: [false],
    severity: 'hint',
    says: 'records one region alone: what is done in another leaves no trace in it. Set `is_multi_region_trail`.',
    unless: ['is_organization_trail'],
    fix: { title: 'Record every region', value: true, applicability: 'safe' },
  },
  {
    type: 'aws_cloudtrail',
    argument: 'enable_log_file_validation',
    standard: false,
    wrong: [false],
    severity: 'hint',
    says: 'writes records that can be changed without a trace. Set `enable_log_file_validation`.',
    fix: { title: 'Sign the records', value: true, applicability: 'safe' },
  },
]

export default defineRule<'object', never, Setting>({
  name: 'audit-trail-weak',
  title: 'Records of who did what in the cloud have gaps',
  pillar: 'monitoring',
  severity: 'information',
  controls: {
    cis: ['AWS 3.1', 'AWS 3.2', 'GCP 2.1'],
    nist80053: ['AU-2', 'AU-9', 'AU-12'],
    nist800207: ['5', '7'],
    attack: ['T1562.008', 'T1070'],
  },
  since: '0.1.0',
  each: 'object',
  kinds: [...kindsOf(SETTINGS), 'terraform/google_project_iam_audit_config'],
  reads: [],
  *check(object) {
    yield* checkSettings(SETTINGS, object)
    for (const [i, config] of items(object.body, 'spec', 'audit_log_config').entries()) {
      const path: Path = ['spec', 'audit_log_config', i, 'exempted_members']
      const exempted = texts(config, 'exempted_members')
      if (exempted.length > 0)
        yield {
          object,
          path,
          part: 'value',
          discriminator: String(exempted[0]),
          message: `\`${object.name}\` records nothing of what \`${exempted[0]}\` does${exempted.length > 1 ? ` (and ${exempted.length - 1} more)` : ''}: whoever gets its credentials works unseen. Exempt nobody.`,
        }
    }
  },
  *fix({ object, data, path }) {
    yield* fixSetting(object, data)
    if (!data) yield { title: 'Exempt nobody', applicability: 'safe', changes: [{ op: 'remove', object, path }] }
  },
})
