import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { accessOf } from '../../../server/model/access/access.ts'
import { type Request, readPolicyRule, ruleAllows } from '../../../server/model/access/policy-rule.ts'
import { type KubeObject, makeObject } from '../../../server/model/object.ts'
import type { Body, Value } from '../../../server/model/value.ts'

const SHARED = process.env['KZT_SHARED'] ?? '../shared'

interface Vector {
  readonly id: string
  readonly objects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string; readonly labels?: Body }[]
  readonly allow?: readonly Asked[]
  readonly deny?: readonly Asked[]
  readonly rule?: Value
  readonly requests?: readonly (Asked & { readonly expect: boolean })[]
}
interface Asked {
  readonly user: string
  readonly groups: readonly string[]
  readonly verb: string
  readonly path?: string
  readonly apiGroup: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
  readonly namespace?: string
}

const { cases } = JSON.parse(readFileSync(join(SHARED, 'conformance/posture/rbac-authorizer-vectors.json'), 'utf8')) as { cases: Vector[] }

/** The vectors write '' where a request has none. */
function requestOf({ verb, path, apiGroup, resource, subresource, name, namespace }: Asked): Request {
  if (path !== undefined) return { verb, path }
  return { verb, group: apiGroup, resource, subresource, name, ...(namespace ? { namespace } : {}) }
}

function objectsOf(vector: Vector): KubeObject[] {
  return (vector.objects ?? []).flatMap(({ kind, name, namespace, labels, ...rest }) => {
    const metadata = { name, ...(namespace ? { namespace } : {}), ...(labels ? { labels } : {}) }
    return makeObject({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata, ...rest }, 'vector', 'vector') ?? []
  })
}

describe('RBAC decides as Kubernetes does', () => {
  let requests = 0
  for (const vector of cases) {
    it(vector.id, () => {
      const objects = objectsOf(vector)
      const access = accessOf((kind) => objects.filter((object) => `${object.group}/${object.kind}` === kind))
      for (const [list, expected] of [
        [vector.allow, true],
        [vector.deny, false],
      ] as const) {
        for (const asked of list ?? []) {
          requests++
          expect([asked, access.authorize(asked, requestOf(asked)).allowed]).toEqual([asked, expected])
        }
      }
      const rule = readPolicyRule(vector.rule ?? {}, 'rule', undefined, [])
      for (const asked of vector.requests ?? []) {
        requests++
        expect([asked, ruleAllows(rule, requestOf(asked))]).toEqual([asked, asked.expect])
      }
    })
  }
  it('there were many', () => {
    expect(cases.length).toBeGreaterThan(40)
    expect(requests).toBeGreaterThan(140)
  })
})
