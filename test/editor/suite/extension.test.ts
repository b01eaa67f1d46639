import * as vscode from 'vscode'
import { added, file, findings, fix, marked, rangeOf, removed, replace, same, show, textOnDisk, until } from './support.ts'

const RULE = 'node-access'

suite('The extension', () => {
  let cart: vscode.TextDocument

  suiteSetup(async () => {
    cart = await show('cart.yaml')
    await until('findings', () => findings(cart, RULE)[0])
  })

  test('underlines the value that is wrong, and no more', () => {
    same(marked(cart, RULE), ['20: true'])
    const [finding] = findings(cart, RULE)
    same(finding?.severity, vscode.DiagnosticSeverity.Warning)
    const code = finding?.code
    same(typeof code === 'object' && code.target.toString(), `kube-zero-trust-rule:/${RULE}.md`)
  })

  test('says in a hover what is wrong', async () => {
    const { start } = rangeOf(cart, 'privileged: true', 'true')
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', cart.uri, start)
    const texts = hovers.flatMap(({ contents }) => contents.map((content) => (typeof content === 'string' ? content : content.value)))
    same(
      texts.some((text) => text.includes('can take over its node') && text.includes(RULE)),
      true,
    )
  })

  test('shows the page of a rule', async () => {
    const page = await vscode.workspace.openTextDocument(vscode.Uri.parse(`kube-zero-trust-rule:/${RULE}.md`))
    same(page.languageId, 'markdown')
    same(page.getText().includes('## Why'), true)
  })

  test('goes from a name to its object in another file', async () => {
    const { start } = rangeOf(cart, 'serviceAccountName: cart', 'cart')
    const places = await vscode.commands.executeCommand<vscode.Location[]>('vscode.executeDefinitionProvider', cart.uri, start)
    same(
      places.map(({ uri, range }) => `${uri.path.split('/').at(-1)}:${range.start.line + 1}`),
      ['access.yaml:4'],
    )
  })

  test('follows typing, and reports nothing in documents of other schemes', async () => {
    const other = await vscode.workspace.openTextDocument({ language: 'yaml', content: cart.getText() })
    const range = rangeOf(cart, 'privileged: true', 'true')
    await replace(cart, range, 'false')
    await until('no finding after the edit', () => (findings(cart, RULE).length === 0 ? true : undefined))
    await replace(cart, rangeOf(cart, 'privileged: false', 'false'), 'true')
    await until('the finding again', () => findings(cart, RULE)[0])
    same(marked(cart, RULE), ['20: true'])
    same(vscode.languages.getDiagnostics(other.uri).length, 0)
  })

  test('leaves files alone that are no manifests', async () => {
    const compose = await show('compose.yaml')
    const report = await show('report.yaml')
    await until('findings of the file opened later', () => findings(report, RULE)[0])
    same(vscode.languages.getDiagnostics(compose.uri).length, 0)
  })

  test('applies a fix that removes its finding and keeps everything else', async () => {
    await show('cart.yaml')
    const before = cart.getText()
    const action = await fix(cart, rangeOf(cart, 'privileged: true', 'true'), /^Take away access to the node/)
    same({ preferred: action.isPreferred }, { preferred: true })
    same({ applied: await vscode.workspace.applyEdit(action.edit) }, { applied: true })
    await until('no finding', () => (findings(cart, RULE).length === 0 ? true : undefined))
    // False where the editor has just saved it by itself, as it does in a browser.
    await cart.save()
    const fixed = before.replace('privileged: true', 'privileged: false')
    await until('the fixed file on the disk', async () => ((await textOnDisk('cart.yaml')) === fixed ? true : undefined))
    same(cart.getText(), fixed)
  })

  test('ignores a finding with a reason, as a comment', async () => {
    const report = await show('report.yaml')
    const action = await fix(report, rangeOf(report, 'privileged: true', 'true'), /^Ignore .* here/)
    same(await vscode.workspace.applyEdit(action.edit), true)
    await until('no finding', () => (findings(report, RULE).length === 0 ? true : undefined))
    same(report.getText().includes(`# zero-trust: ignore ${RULE} -- `), true)
    await vscode.commands.executeCommand('workbench.action.files.revert')
    await until('the finding again', () => findings(report, RULE)[0])
  })

  test('reports on files that are not open when asked to, and follows what others write', async () => {
    const settings = vscode.workspace.getConfiguration('kubeZeroTrust')
    const added = file('added.yaml')
    const reported = (): number => vscode.languages.getDiagnostics(added).length
    const text = await textOnDisk('report.yaml')
    await settings.update('publish', 'workspace', vscode.ConfigurationTarget.Workspace)
    await vscode.workspace.fs.writeFile(added, new TextEncoder().encode(text.replace('name: report', 'name: added')))
    await until('findings of the new file', () => (reported() > 0 ? true : undefined))
    await vscode.workspace.fs.delete(added)
    await until('no findings of what is gone', () => (reported() === 0 ? true : undefined))
    await settings.update('publish', undefined, vscode.ConfigurationTarget.Workspace)
  })

  test('judges a cluster in Terraform, and writes its fix', async () => {
    const main = await added(
      'infra/main.tf',
      `resource "aws_eks_cluster" "main" {
  name     = "main"
  role_arn = "arn:aws:iam::123456789012:role/eks"

  vpc_config {
    subnet_ids = ["subnet-1"]
  }
}
`,
    )
    await until('the finding', () => findings(main, 'cluster-endpoint-public')[0])
    same(marked(main, 'cluster-endpoint-public'), ['5: vpc_config'])
    const action = await fix(main, rangeOf(main, 'vpc_config', 'vpc_config'), /^Close the public endpoint/)
    same(await vscode.workspace.applyEdit(action.edit), true)
    await until('no finding', () => (findings(main, 'cluster-endpoint-public').length === 0 ? true : undefined))
    same(main.getText().includes('endpoint_public_access  = false'), true)
    await removed('infra')
  })

  test('judges a chart by its templates and values, and goes from one to the other', async () => {
    await added('chart/Chart.yaml', 'apiVersion: v2\nname: shop\nversion: 1.0.0\n')
    const values = await added('chart/values.yaml', 'privileged: true\n')
    const template = await added(
      'chart/templates/pod.yaml',
      `apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}
spec:
  containers:
    - name: shop
      image: example.com/shop:1.0.0
      securityContext:
        privileged: {{ .Values.privileged }}
`,
    )
    await until('the finding at the value', () => (marked(values, RULE).length > 0 ? true : undefined))
    same(marked(values, RULE), ['1: true'])
    const { start } = rangeOf(template, '{{ .Values.privileged }}', 'privileged')
    const places = await vscode.commands.executeCommand<(vscode.Location | vscode.LocationLink)[]>(
      'vscode.executeDefinitionProvider',
      template.uri,
      start,
    )
    same(
      places.map((place) => ('uri' in place ? place.uri : place.targetUri).path.split('/').at(-1)),
      ['values.yaml'],
    )
    await removed('chart')
  })

  test('audits the workspace', async () => {
    await vscode.commands.executeCommand('kubeZeroTrust.audit')
    await until('the report', () => vscode.window.tabGroups.activeTabGroup.activeTab?.label.includes('Zero Trust Audit') || undefined)
    const report = await vscode.workspace.openTextDocument(vscode.Uri.parse('kube-zero-trust-report:/Zero Trust Audit.md'))
    same(report.getText().includes('report.yaml'), true)
    same(report.getText().includes(RULE), true)
  })

  test('starts its server again', async () => {
    await vscode.commands.executeCommand('kubeZeroTrust.restart')
    const report = await show('report.yaml')
    await until('findings of the new server', () => findings(report, RULE)[0])
    same(marked(report, RULE), ['17: true'])
  })
})
