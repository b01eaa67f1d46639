import { DiagnosticSeverity } from 'vscode-languageserver/node'
import { afterEach, describe, expect, it } from 'vitest'
import { ROOT, startClient, type TestClient } from './client.ts'

const uri = (path: string): string => `${ROOT}/${path}`
const clients: TestClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.stop()
})

async function start(files: Readonly<Record<string, string>>, opened: string): Promise<TestClient> {
  const client = await startClient(files)
  clients.push(client)
  await client.open(uri(opened))
  return client
}

const MAIN = `variable "public" {
  type = bool
}

locals {
  environment = "prod"
}

resource "aws_eks_cluster" "main" {
  name     = "shop-${'$'}{local.environment}"
  role_arn = "arn:aws:iam::123456789012:role/eks"

  vpc_config {
    subnet_ids             = ["subnet-1"]
    endpoint_public_access = var.public # for now
  }
}

resource "aws_ebs_volume" "a" {
  encrypted = false
}
`
const FILES = { 'infra/main.tf': MAIN, 'infra/terraform.tfvars': 'public = true\n' }
const RULE = 'cluster-endpoint-public'

async function found(client: TestClient, path: string, rule: string) {
  const diagnostics = await client.diagnostics(uri(path), (all) => all.some(({ code }) => code === rule))
  const diagnostic = diagnostics.find(({ code }) => code === rule)
  if (!diagnostic) throw new Error(`no ${rule}`)
  return diagnostic
}

describe('Terraform in an editor', () => {
  it('is underlined where an argument is written, with the level of the rule', async () => {
    const client = await start(FILES, 'infra/main.tf')
    const diagnostic = await found(client, 'infra/main.tf', RULE)
    expect(diagnostic.severity).toBe(DiagnosticSeverity.Warning)
    expect(client.documents.get(uri('infra/main.tf'))?.getText(diagnostic.range)).toBe('var.public')
  })

  it('says on hover what an expression comes to, and which file decides', async () => {
    const client = await start(FILES, 'infra/main.tf')
    await found(client, 'infra/main.tf', RULE)
    const hover = await client.hover(uri('infra/main.tf'), 'var.public # for')
    expect(hover).toContain('Evaluates to `true`')
    expect(hover).toContain('Set by `infra/terraform.tfvars`: `true`')
    expect(hover).toContain(RULE)
    expect(await client.hover(uri('infra/main.tf'), '"shop-', 3)).toContain('Evaluates to `"shop-prod"`')
    expect(await client.hover(uri('infra/main.tf'), '"subnet-1"', 3)).not.toContain('Evaluates')
  })

  it('shows no value that is marked as sensitive, or named like a secret', async () => {
    const text = `variable "key" {
  sensitive = true
  default   = "not-for-eyes"
}

resource "aws_instance" "a" {
  ami       = var.key
  user_data = upper(var.key)
}

resource "aws_db_instance" "b" {
  password = lower("NOT-FOR-EYES")
}
`
    const client = await start({ 'main.tf': text }, 'main.tf')
    await client.diagnostics(uri('main.tf'), () => true)
    for (const needle of ['var.key\n', 'upper(', 'lower(']) expect(await client.hover(uri('main.tf'), needle, 2)).not.toMatch(/Evaluates/)
  })

  it('is fixed where the value comes from, or where it is used', async () => {
    const client = await start(FILES, 'infra/main.tf')
    const diagnostic = await found(client, 'infra/main.tf', RULE)
    const actions = await client.actions(uri('infra/main.tf'), diagnostic.range, [diagnostic])
    const closing = actions.filter(({ title }) => title.startsWith('Close the public endpoint'))
    expect(closing.map(({ title }) => title)).toContain(
      'Close the public endpoint: the API is reached from inside the VPC only (in infra/terraform.tfvars)',
    )
    const [first] = closing
    if (!first) throw new Error('no fix')
    const texts = await client.apply((await client.resolve(first)).edit ?? {})
    expect(texts.get(uri('infra/terraform.tfvars'))).toBe('public = false\n')
    expect(texts.get(uri('infra/main.tf'))).toContain('endpoint_public_access  = var.public # for now')
    client.folders[ROOT]?.files.set('infra/terraform.tfvars', 'public = false\n')
    await client.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: uri('infra/terraform.tfvars'), type: 2 }] })
    await client.diagnostics(uri('infra/main.tf'), (all) => !all.some(({ code }) => code === RULE))
  })

  it('is fixed everywhere at once', async () => {
    const keys = (...names: string[]): string => names.map((name) => `resource "aws_kms_key" "${name}" {}\n`).join('\n')
    const client = await start({ 'a.tf': keys('a', 'b'), 'b.tf': keys('c') }, 'a.tf')
    const diagnostic = await found(client, 'a.tf', 'kms-key-not-rotated')
    const actions = await client.actions(uri('a.tf'), diagnostic.range, [diagnostic])
    const all = actions.find(({ title }) => title.includes('in the workspace'))
    if (!all) throw new Error(actions.map(({ title }) => title).join('\n'))
    const texts = await client.apply((await client.resolve(all)).edit ?? {})
    expect([...texts.values()].join('').match(/enable_key_rotation = true/g)).toHaveLength(3)
  })

  it('is ignored with a comment and its reason', async () => {
    const client = await start(FILES, 'infra/main.tf')
    const diagnostic = await found(client, 'infra/main.tf', RULE)
    const actions = await client.actions(uri('infra/main.tf'), diagnostic.range, [diagnostic])
    const ignore = actions.find(({ title }) => title === `Ignore \`${RULE}\` here, with a reason`)
    if (!ignore) throw new Error('no ignore')
    const texts = await client.apply((await client.resolve(ignore)).edit ?? {})
    expect(texts.get(uri('infra/main.tf'))).toContain(`# zero-trust: ignore ${RULE} -- `)
    const after = await client.diagnostics(uri('infra/main.tf'), (all) => !all.some(({ code }) => code === RULE))
    expect(after.map(({ code }) => code)).not.toContain('unused-suppression')
  })

  it('keeps what it knows while a line is half typed', async () => {
    const client = await start(FILES, 'infra/main.tf')
    await found(client, 'infra/main.tf', RULE)
    await client.change(uri('infra/main.tf'), MAIN.replace('encrypted = false', 'encrypted = '))
    const diagnostic = await found(client, 'infra/main.tf', RULE)
    expect(client.documents.get(uri('infra/main.tf'))?.getText(diagnostic.range)).toBe('var.public')
  })

  it('is underlined in a chart that it installs, where the value is given', async () => {
    const files = {
      'main.tf':
        'resource "helm_release" "app" {\n  name  = "app"\n  chart = "./app"\n  set {\n    name  = "privileged"\n    value = "true"\n  }\n}\n',
      'app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
      'app/templates/pod.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata:\n  name: app\nspec:\n  containers:\n    - name: app\n      image: app:1.2\n      securityContext:\n        privileged: {{ .Values.privileged }}\n',
    }
    const client = await start(files, 'main.tf')
    const diagnostic = await found(client, 'main.tf', 'node-access')
    expect(client.documents.get(uri('main.tf'))?.getText(diagnostic.range)).toBe('"true"')
    const actions = await client.actions(uri('main.tf'), diagnostic.range, [diagnostic])
    const fix = actions.find(({ isPreferred }) => isPreferred)
    if (!fix) throw new Error('nothing is preferred')
    const texts = await client.apply((await client.resolve(fix)).edit ?? {})
    expect(texts.get(uri('main.tf'))).toContain('value = "false"')
  })
})
