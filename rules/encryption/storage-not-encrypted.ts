import { type CloudResource, cloudResource } from '../../server/model/cloud/resource.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found, type Skipped } from '../../server/model/rule.ts'
import { get, isUnknown, type Path, text } from '../../server/model/value.ts'

const WANTED = true

export default defineRule({
  name: 'storage-not-encrypted',
  title: 'Disk or file system is not encrypted',
  pillar: 'encryption',
  severity: 'hint',
  controls: { cis: ['AWS 2.2.1'], nist80053: ['SC-28'], nist800207: ['3'] },
  since: '0.1.0',
  each: 'object',
  kinds: [
    'terraform/aws_ebs_volume',
    'terraform/aws_efs_file_system',
    'terraform/aws_ebs_encryption_by_default',
    'terraform/aws_launch_template',
    'terraform/aws_instance',
    'storage.k8s.io/StorageClass',
  ],
  reads: [],
  *check(object) {
    if (object.kind === 'StorageClass') {
      yield* checkClass(object)
      return
    }
    const resource = cloudResource(object)
    if (!resource) return
    if (SWITCHES[object.kind]) {
      yield* checkSwitches(resource)
      return
    }
    const { value, path } = resource.read('encrypted')
    if (isUnknown(value)) yield { notEvaluated: object, path }
    // What a volume does that says nothing, the account decides.
    else if (value !== WANTED && !(value === undefined && object.kind === 'aws_ebs_volume')) {
      yield {
        object,
        path,
        part: 'value',
        message: `\`${object.name}\` is not encrypted: whoever gets at a copy or a snapshot of it can read it. Set \`encrypted\` to true; it is made anew for it.`,
      }
    }
  },
  *fix({ object, path }) {
    yield {
      title: isNew(object) ? 'Encrypt new disks' : 'Encrypt it: it is made anew, without its data',
      applicability: isNew(object) ? 'safe' : 'assisted',
      changes: [
        { op: 'set', object, path, value: object.kind === 'StorageClass' || object.kind === 'aws_launch_template' ? 'true' : WANTED },
      ],
    }
  },
})

/** Where somebody switches off what the account may have switched on. */
const SWITCHES: Readonly<Record<string, string>> = {
  aws_ebs_encryption_by_default: 'enabled',
  aws_launch_template: 'block_device_mappings.ebs.encrypted',
  aws_instance: 'root_block_device.encrypted',
}

/** What it says of disks that are yet to be made. */
function isNew({ kind }: KubeObject): boolean {
  return kind === 'StorageClass' || kind === 'aws_ebs_encryption_by_default' || kind === 'aws_launch_template'
}

function* checkSwitches(resource: CloudResource): Iterable<Found<undefined> | Skipped> {
  const { object } = resource
  const { value, path } = resource.read(SWITCHES[object.kind] ?? '')
  if (isUnknown(value)) yield { notEvaluated: object, path }
  if (value === false || value === 'false')
    yield {
      object,
      path,
      part: 'value',
      message: `\`${object.name}\` makes disks that are not encrypted: whoever gets at a copy or a snapshot of one can read it. Switch encryption on.`,
    }
}

/** A class of the EBS driver that says nothing leaves it to the account. */
function* checkClass(object: KubeObject): Iterable<Found<undefined> | Skipped> {
  const driver = text(object.body, 'provisioner')
  if (driver !== 'ebs.csi.aws.com' && driver !== 'kubernetes.io/aws-ebs' && driver !== 'ebs.csi.eks.amazonaws.com') return
  const path: Path = ['parameters', 'encrypted']
  const value = get(object.body, ...path)
  if (isUnknown(value)) yield { notEvaluated: object, path }
  if (value === 'false' || value === false)
    yield {
      object,
      path,
      part: 'value',
      message: `StorageClass \`${object.name}\` makes disks that are not encrypted: whoever gets at a copy or a snapshot of one can read it. Set \`encrypted\` to "true"; classes are made anew for it.`,
    }
}
