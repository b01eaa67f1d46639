import { type LogOutput, logOutputs } from '../../server/model/log-outputs.ts'
import { defineRule } from '../../server/model/rule.ts'
import { entries } from '../../server/model/value.ts'

export default defineRule({
  name: 'log-output-plaintext',
  title: 'Logs are sent in plain text',
  pillar: 'monitoring',
  severity: 'information',
  controls: { nsa: ['Log'], nist80053: ['AU-9(3)', 'SC-8'], nist800207: ['2'], attack: ['T1040'], owasp: ['K10'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['/ConfigMap', '/Secret'],
  reads: [],
  *check(object) {
    for (const field of ['data', 'stringData']) {
      for (const [key, value] of entries(object.body, field)) {
        if (typeof value !== 'string') continue
        for (const output of logOutputs(value)) {
          if (output.encrypted !== false || isLocal(output)) continue
          const target = output.targets[0] ?? ''
          yield {
            object,
            path: [field, key],
            part: 'value',
            range: output.span,
            discriminator: `${key} ${output.plugin} ${target}`,
            // What stays in the cluster is read by fewer.
            severity: isInside(target) ? 'information' : 'warning',
            message: `${output.shipper} sends logs to ${target === '' ? `\`${output.plugin}\`` : `\`${host(target)}\``} in plain text: whoever is on the way reads what every workload writes, and can leave lines out. ${remedyOf(output)}`,
          }
        }
      }
    }
  },
})

function remedyOf({ shipper, plugin }: LogOutput): string {
  if (shipper === 'Fluent Bit') return 'Set `tls on`.'
  if (shipper === 'Filebeat') return plugin === 'elasticsearch' ? 'Name its hosts with https.' : 'Set `ssl.enabled: true`.'
  return plugin === 'forward' ? 'Set `transport tls`.' : plugin.includes('search') ? 'Set `scheme https`.' : 'Use https.'
}

/** Never credentials that stand in a URL. */
function host(target: string): string {
  return target
    .replace(/^[a-z+]+:\/\//i, '')
    .replace(/^[^@/]*@/, '')
    .replace(/[/?].*$/, '')
}

function isLocal({ targets }: LogOutput): boolean {
  return targets.some((target) => /^(localhost|127\.0\.0\.1|\[?::1\]?|unix)(:|$|\/)/.test(host(target)))
}

/** A Service's name, with or without its namespace. */
function isInside(target: string): boolean {
  return (
    target === '' ||
    (/^[a-z0-9-]+(\.[a-z0-9-]+(\.svc(\.[a-z0-9.-]+)?)?)?(:\d+)?$/.test(host(target)) &&
      !/\.(com|net|org|io|dev|cloud|eu|de)(:|$)/.test(host(target)))
  )
}
