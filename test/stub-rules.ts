import { type AnyRule, defineRule } from '../server/model/rule.ts'
import { get, isUnknown, items, text } from '../server/model/value.ts'

/** Rules that are simple enough to foretell: tests of everything around rules must not change with the catalogue. */
const privileged = defineRule({
  name: 'stub-privileged',
  title: 'Container runs privileged',
  pillar: 'verification',
  severity: 'warning',
  controls: { cis: ['5.2.2'] },
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
        message: `Container \`${container.name}\` is privileged. Remove it.`,
      }
    }
  },
  *fix(finding) {
    yield {
      title: 'Remove `privileged`',
      applicability: 'hardening',
      changes: [{ op: 'set', object: finding.object, path: finding.path, value: false }],
    }
  },
})

const latest = defineRule({
  name: 'stub-latest',
  title: 'Image moves',
  pillar: 'verification',
  severity: 'information',
  controls: {},
  since: '0.1.0',
  each: 'workload',
  reads: [],
  *check(workload) {
    for (const container of workload.containers) {
      const image = text(container.body, 'image')
      if (!image?.endsWith(':latest')) continue
      const owner = { object: workload.object, path: ['metadata', 'name'], part: 'value' as const, message: 'of this workload' }
      yield {
        object: workload.object,
        path: [...container.path, 'image'],
        part: 'value',
        range: { start: image.indexOf(':') + 1, end: image.length },
        discriminator: container.name,
        message: `Container \`${container.name}\` runs whatever \`latest\` is. Name a version.`,
        // Twice, as rules that walk lists may say it.
        related: [owner, owner],
      }
    }
  },
  *fix(finding) {
    yield {
      title: 'Name version 1',
      applicability: 'safe',
      changes: [{ op: 'set', object: finding.object, path: finding.path, value: 'web:1' }],
    }
  },
})

const literal = defineRule({
  name: 'stub-literal-secret',
  title: 'Secret written down',
  pillar: 'encryption',
  severity: 'error',
  controls: {},
  since: '0.1.0',
  each: 'object',
  kinds: ['/Secret'],
  reads: [],
  *check(secret) {
    for (const key of Object.keys((get(secret.body, 'stringData') ?? {}) as object)) {
      yield {
        object: secret,
        path: ['stringData', key],
        part: 'key',
        discriminator: key,
        message: `The value of \`${key}\` is in the repository.`,
      }
    }
  },
})

const literalEnvironment = defineRule({
  name: 'stub-literal-env',
  title: 'Secret in the environment',
  pillar: 'encryption',
  severity: 'warning',
  controls: {},
  since: '0.1.0',
  each: 'workload',
  reads: [],
  *check(workload) {
    for (const container of workload.containers) {
      for (const [i, variable] of items(container.body, 'env').entries()) {
        const name = text(variable, 'name') ?? ''
        if (!name.endsWith('PASSWORD')) continue
        const path = [...container.path, 'env', i, 'value']
        yield {
          object: workload.object,
          path,
          part: 'value',
          discriminator: name,
          message: `The value of \`${name}\` is in the repository.`,
        }
      }
    }
  },
})

const absent = defineRule({
  name: 'stub-no-policy',
  title: 'No policy',
  pillar: 'network',
  severity: 'information',
  absence: true,
  controls: {},
  since: '0.1.0',
  each: 'namespace',
  reads: ['isolation', 'objects'],
  *check(namespace, { facts }) {
    const workload = namespace.workloads[0]
    if (!workload || facts.objects('networking.k8s.io/NetworkPolicy').length > 0) return
    yield {
      object: namespace.object ?? workload.object,
      path: ['metadata', 'name'],
      part: 'value',
      about: `namespace ${namespace.name}`,
      certainty: namespace.object ? 'certain' : 'possible',
      message: `Nothing isolates \`${namespace.name}\`.`,
    }
  },
})

export const stubRules: readonly AnyRule[] = [privileged, latest, literal, literalEnvironment, absent]
