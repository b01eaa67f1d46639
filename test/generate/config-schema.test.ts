import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { getLanguageService, type SchemaRequestService, type WorkspaceContextService } from 'yaml-language-server'
import { rules } from '../../rules/index.ts'
import { CONFIG_FILE, PROFILES, readConfig } from '../../server/analysis/config.ts'
import { SEVERITIES } from '../../server/model/rule.ts'
import { runs } from '../properties/workspaces.ts'
import { configSchema } from './config-schema.ts'

const refuse: SchemaRequestService = (uri) => Promise.reject(new Error(`asked for ${uri}`))
const context: WorkspaceContextService = { resolveRelativePath: (path) => path }
const service = getLanguageService({ schemaRequestService: refuse, workspaceContext: context })
service.configure({
  validate: true,
  schemas: [{ uri: 'schema:config', fileMatch: [CONFIG_FILE], schema: JSON.parse(configSchema(rules)) as unknown }],
})

let version = 0

async function accordingToSchema(text: string): Promise<readonly string[]> {
  const document = TextDocument.create(`file:///${CONFIG_FILE}`, 'yaml', ++version, text)
  return (await service.doValidation(document, false)).map(({ message }) => message)
}

function accordingToReader(text: string): readonly string[] {
  return readConfig({ path: CONFIG_FILE, text }, {}, rules).problems.map(({ message }) => message)
}

const [rule] = rules.map(({ name }) => name)
const wrong = fc.constantFrom<unknown>(3, true, '', 'x', [], {}, [3], { x: 3 })
const or = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 29, arbitrary: right }, { weight: 1, arbitrary: wrong })
/** A key that has no value yet is no mistake. */
const orEmpty = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  or(fc.oneof({ weight: 9, arbitrary: right }, { weight: 1, arbitrary: fc.constant(null) }))
const patterns = fc.array(or(fc.constantFrom('a/', '*.yaml')), { maxLength: 2 })
const option = (model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(model, { requiredKeys: [] })

const config = option({
  profile: or(fc.constantFrom(...PROFILES)),
  rules: orEmpty(fc.dictionary(or(fc.constant(rule)).map(String), or(fc.constantFrom(...SEVERITIES, 'off', false)), { maxKeys: 2 })),
  exclude: orEmpty(patterns),
  environments: orEmpty(fc.dictionary(fc.constantFrom('prod', 'dev'), or(fc.oneof(patterns, fc.constant('a/'))))),
  ignore: orEmpty(
    fc.array(
      or(
        option({
          rule: or(fc.constant(rule)),
          object: or(fc.constant('Pod/*')),
          path: or(fc.constant('vendor/')),
          reason: or(fc.constant('theirs')),
          expires: or(fc.constantFrom('2026-12-31', 'soon')),
        }),
      ),
      { maxLength: 2 },
    ),
  ),
  target: orEmpty(option({ kubernetes: or(fc.constantFrom('1.33', 'v1.30.2', 1.29, '2', 33)), platform: or(fc.constantFrom('eks')) })),
  maxFileSize: or(fc.constantFrom(1000, 0, -1)),
})
/** A key that there is not, at the top or in an entry. */
const misspelt = config.map((body) => ({
  ...body,
  ...(Array.isArray(body['ignore'])
    ? { ignore: [...(body['ignore'] as unknown[]), { rule, reason: 'x', until: 'x' }] }
    : { profil: 'strict' }),
}))

describe('the schema of the configuration', () => {
  it('accepts what its reader accepts, and nothing else', async () => {
    const seen = { accepted: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: config }, { weight: 1, arbitrary: misspelt }), async (body) => {
        const text = JSON.stringify(body)
        const problems = accordingToReader(text)
        const messages = await accordingToSchema(text)
        seen[problems.length === 0 ? 'accepted' : 'refused']++
        expect({ text, accepted: messages.length === 0, messages }).toEqual({ text, accepted: problems.length === 0, messages })
      }),
      runs(400),
    )
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(20)
  })
})
