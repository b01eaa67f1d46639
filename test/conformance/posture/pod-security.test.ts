import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeObject } from '../../../server/model/object.ts'
import { levelOf } from '../../../server/model/pod-security/violations.ts'
import { workloadOf } from '../../../server/model/workload.ts'
import { parseYaml } from '../../../server/syntax/yaml/index.ts'

const SHARED = process.env['KZT_SHARED'] ?? '../shared'
const ROOT = join(SHARED, 'conformance/posture/psa')

/** Kubernetes' own test pods: each one passes or fails a level at a version. */
describe('the Pod Security level is that of pod-security-admission', () => {
  let cases = 0
  for (const level of ['baseline', 'restricted'] as const) {
    for (const version of readdirSync(join(ROOT, level))) {
      for (const verdict of ['pass', 'fail'] as const) {
        for (const file of readdirSync(join(ROOT, level, version, verdict))) {
          cases++
          it(`${level} ${version} ${verdict} ${file}`, () => {
            const body = parseYaml(readFileSync(join(ROOT, level, version, verdict, file), 'utf8')).body
            const object = makeObject(body, file, file)
            const workload = object && workloadOf(object)
            const own = workload && levelOf(workload, Number(version.slice(3)))
            const passes = level === 'baseline' ? own === 'baseline' || own === 'restricted' : own === 'restricted'
            expect(passes).toBe(verdict === 'pass')
          })
        }
      }
    }
  }
  it('there were many', () => expect(cases).toBeGreaterThan(100))
})
