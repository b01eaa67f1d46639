import { type CloudResource, cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule, type Found, type Skipped } from '../../server/model/rule.ts'
import { isUnknown, items, type Path, texts } from '../../server/model/value.ts'

interface Gap {
  readonly argument: string
  readonly standard: boolean
  readonly wanted: boolean
  readonly says: string
}

const GAPS: readonly Gap[] = [
  { argument: 'enable_logging', standard: true, wanted: true, says: 'records nothing' },
  { argument: 'is_multi_region_trail', standard: false, wanted: true, says: 'leaves out what is done in other regions' },
  { argument: 'enable_log_file_validation', standard: false, wanted: true, says: 'writes records that can be changed without a trace' },
]

export default defineRule<'object', never, readonly Gap[]>({
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
  kinds: ['terraform/aws_cloudtrail', 'terraform/google_project_iam_audit_config'],
  reads: [],
  *check(object) {
    const trail = object.kind === 'aws_cloudtrail' ? cloudResource(object) : undefined
    if (trail) yield* checkTrail(trail)
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
    const trail = data && cloudResource(object)
    if (trail)
      yield {
        title: data.length === 1 ? `Set \`${data[0]?.argument}\`` : `Close ${data.length} gaps in the records`,
        applicability: 'safe',
        changes: data.map(({ argument, wanted }) => ({ op: 'set', object, path: trail.read(argument).path, value: wanted })),
      }
    else yield { title: 'Exempt nobody', applicability: 'safe', changes: [{ op: 'remove', object, path }] }
  },
})

/** What a trail leaves out, said once. */
function* checkTrail(trail: CloudResource): Iterable<Found<readonly Gap[]> | Skipped> {
  const { object } = trail
  const read = GAPS.map((gap) => ({ gap, ...trail.read(gap.argument, gap.standard) }))
  for (const { value, path } of read) if (isUnknown(value)) yield { notEvaluated: object, path }
  const open = read.filter(({ gap, value }) => value === !gap.wanted)
  const [first] = open
  if (!first) return
  const off = first.gap.argument === 'enable_logging'
  const said = off ? [first] : open
  yield {
    object,
    path: first.path,
    part: 'value',
    severity: off ? 'warning' : 'hint',
    message: `\`${object.name}\` ${said.map(({ gap }) => gap.says).join(', and ')}. Set ${said.map(({ gap }) => `\`${gap.argument}\``).join(' and ')}.`,
    data: open.map(({ gap }) => gap),
  }
}
