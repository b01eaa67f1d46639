import { imageName, isLocalBuild } from '../../server/model/images.ts'
import { defineRule } from '../../server/model/rule.ts'
import { text } from '../../server/model/value.ts'

export default defineRule({
  name: 'image-no-digest',
  title: 'Image is named by a tag that can move',
  pillar: 'compliance',
  severity: 'hint',
  strictOnly: true,
  controls: { nsa: ['Upg'], nist80053: ['CM-14', 'SI-7(1)', 'SR-4'], nist800207: ['5'], attack: ['T1525'], owasp: ['K01'] },
  since: '0.1.0',
  each: 'workload',
  reads: [],
  *check({ object, containers }) {
    for (const { path, body } of containers) {
      const image = text(body, 'image')
      if (!image) continue
      const parts = imageName(image)
      // Without a tag, or with `latest`, it is `image-latest` that says so.
      if (parts.digest !== undefined || parts.tag === undefined || parts.tag === 'latest' || isLocalBuild(parts)) continue
      yield {
        object,
        path: [...path, 'image'],
        part: 'value',
        about: `image ${image} in ${object.unit}`,
        message: `\`${image}\` can be another image tomorrow: tags move. Add its digest (\`@sha256:…\`).`,
      }
    }
  },
})
