// `npm run editor [-- FOLDER]`: opens a real VS Code with the extension, in a browser.
// Without a folder on a copy of the sample workspace, which may be changed.
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { install } from './install.mjs'
import { copyOf, ROOT } from './places.mjs'

install()
const { pack } = await import('./package.mjs')
const { startVscode } = await import('./vscode.mjs')

const asked = process.argv[2]
const workspace = asked ? { folder: resolve(asked), remove() {} } : copyOf(join(ROOT, 'test/samples/shop'))
const vscode = await startVscode({ vsix: pack(), testing: false })
const url = `${vscode.origin}/?${new URLSearchParams({ folder: workspace.folder })}`
console.log(`\nOpen ${url}\nPress Ctrl+C to end.`)
openBrowser(url)

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await vscode.stop()
    workspace.remove()
    process.exit(0)
  })
}

/** Where there is a desktop; elsewhere the address is all that is needed. */
function openBrowser(address) {
  const opener = process.platform === 'darwin' ? 'open' : process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'] ? 'xdg-open' : undefined
  if (opener)
    spawn(opener, [address], { stdio: 'ignore', detached: true })
      .once('error', () => {})
      .unref()
}
