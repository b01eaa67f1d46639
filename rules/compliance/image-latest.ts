import { imageName, isLocalBuild } from '../../server/model/images.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, isUnknown, text } from '../../server/model/value.ts'

export default defineRule({
  name: 'image-latest',
  title: 'Image is whatever the registry serves at the moment',
  pillar: 'compliance',
  severity: 'information',
  controls: {
    nsa: ['Upg'],
    nist80053: ['CM-14', 'SI-7(1)', 'SR-4'],
    nist800207: ['5'],
    attack: ['T1204.003', 'T1525'],
    owasp: ['K01'],
  },
  since: '0.1.0',
  each: 'workload',
  reads: [],
  *check({ object, containers }) {
    for (const { path, body } of containers) {
      const image = text(body, 'image')
      const at = [...path, 'image']
      if (isUnknown(get(body, 'image'))) yield { notEvaluated: object, path: at }
      if (image === undefined || image === '') continue
      const parts = imageName(image)
      const { name, tag } = parts
      if (parts.digest !== undefined || (tag !== undefined && tag !== 'latest') || isLocalBuild(parts)) continue
      const start = tag === undefined ? undefined : image.length - tag.length
      yield {
        object,
        path: at,
        part: 'value',
        ...(start === undefined ? {} : { range: { start, end: image.length } }),
        about: `image ${image} in ${object.unit}`,
        message: `\`${name}\` runs whatever ${tag === undefined ? 'its registry calls latest: it has no tag' : '`latest` is when the pod starts'}. What was reviewed is not what runs; name a version, best with its digest.`,
        related: [{ object, path: ['metadata', 'name'], part: 'value', message: `${describe(object)} runs it.` }],
      }
    }
  },
})
