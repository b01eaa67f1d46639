// `npm run test:desktop`: the suite in the VS Code of a desktop, which is downloaded.
import { join } from 'node:path'
import { runTests } from '@vscode/test-electron'
import { buildSuites, NODE_SUITE } from './build.mjs'
import { copyOf, HERE, ROOT } from './places.mjs'
import { EXTENSION, stage } from './stage.mjs'

await buildSuites()
stage()
const workspace = copyOf(join(HERE, 'workspace'))
try {
  await runTests({
    extensionDevelopmentPath: EXTENSION,
    extensionTestsPath: join(ROOT, NODE_SUITE),
    launchArgs: [workspace.folder, '--disable-extensions', '--disable-workspace-trust'],
  })
} finally {
  workspace.remove()
}
