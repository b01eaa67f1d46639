import { defineRule, type Found } from '../../server/model/rule.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { get, isUnknown, texts, text } from '../../server/model/value.ts'

const KEY = ['spec', 'privateKey']
/** Browsers take none that are valid for longer. */
const YEAR = 398 * 24
const RSA = 2048
const ECDSA = 256

export default defineRule({
  name: 'certificate-weak-parameters',
  title: 'Certificate with a key that is weak or never changes',
  pillar: 'encryption',
  severity: 'information',
  controls: { nist80053: ['SC-12', 'SC-13', 'SC-17'], nist800207: ['2'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['cert-manager.io/Certificate'],
  reads: [],
  *check(object) {
    yield* size(object)
    yield* rotation(object)
    yield* duration(object)
    yield* usages(object)
  },
  *fix({ object, discriminator }) {
    if (discriminator === 'size') {
      const value = text(object.body, ...KEY, 'algorithm') === 'ECDSA' ? ECDSA : RSA
      yield {
        title: `Use a key of ${value} bits`,
        applicability: 'hardening',
        changes: [{ op: 'set', object, path: [...KEY, 'size'], value }],
      }
    } else if (discriminator === 'rotation') {
      yield {
        title: 'Make a new key with each certificate; who pins the old one stops',
        applicability: 'hardening',
        changes: [{ op: 'set', object, path: [...KEY, 'rotationPolicy'], value: 'Always' }],
      }
    } else if (discriminator === 'usages') {
      yield {
        title: 'Use it as the certificate of a server; other uses stop',
        applicability: 'hardening',
        changes: [{ op: 'set', object, path: ['spec', 'usages'], value: ['digital signature', 'key encipherment', 'server auth'] }],
      }
    }
  },
})

function* size(object: KubeObject): Iterable<Found<undefined>> {
  const value = get(object.body, ...KEY, 'size')
  const algorithm = get(object.body, ...KEY, 'algorithm')
  if (typeof value !== 'number' || isUnknown(algorithm) || algorithm === 'Ed25519') return
  const [name, least] = algorithm === 'ECDSA' ? ['ECDSA', ECDSA] : ['RSA', RSA]
  if (value >= least) return
  yield {
    object,
    path: [...KEY, 'size'],
    part: 'value',
    severity: 'warning',
    discriminator: 'size',
    message: `The key of the certificate is too short: ${value} bits of ${name} can be found out. Use ${least} at least.`,
  }
}

/** What is left out is `Always` in current versions of cert-manager. */
function* rotation(object: KubeObject): Iterable<Found<undefined>> {
  if (get(object.body, ...KEY, 'rotationPolicy') !== 'Never') return
  yield {
    object,
    path: [...KEY, 'rotationPolicy'],
    part: 'value',
    severity: 'hint',
    discriminator: 'rotation',
    message:
      'The key of the certificate never changes: whoever got it once reads on after every renewal. Use `Always`, unless something pins it.',
  }
}

function* duration(object: KubeObject): Iterable<Found<undefined>> {
  if (get(object.body, 'spec', 'isCA') !== undefined && get(object.body, 'spec', 'isCA') !== false) return
  const hours = hoursOf(text(object.body, 'spec', 'duration'))
  if (hours === undefined || hours <= YEAR) return
  yield {
    object,
    path: ['spec', 'duration'],
    part: 'value',
    severity: 'hint',
    discriminator: 'duration',
    message: `The certificate is valid for ${Math.round(hours / 24)} days: so long does a key that got lost work. cert-manager renews it by itself, so let it live 90 days.`,
  }
}

/** Semantics: what `parseDuration` of Go reads, in whole hours; minutes and seconds do not matter here. */
function hoursOf(duration: string | undefined): number | undefined {
  const match = /^(\d{1,9})h(\d+m)?(\d+s)?$/.exec(duration ?? '')
  return match ? Number(match[1]) : undefined
}

function* usages(object: KubeObject): Iterable<Found<undefined>> {
  const at = texts(object.body, 'spec', 'usages').indexOf('any')
  if (at < 0 || get(object.body, 'spec', 'isCA') === true) return
  yield {
    object,
    path: ['spec', 'usages', at],
    part: 'value',
    discriminator: 'usages',
    message:
      'The certificate may be used for anything: with it a server signs code, and logs in as a client. Say what it is for (`server auth`).',
  }
}
