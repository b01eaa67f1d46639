// Runs the suite inside the extension hosts of real VS Codes.
import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { format } from 'node:util'
import { developmentOptions, openPage, startBrowser } from './browser.mjs'
import { NODE_SUITE, WEB_SUITE } from './build.mjs'
import { serveFolder } from './files.mjs'
import { copyOf, HERE, ROOT } from './places.mjs'
import { EXTENSION } from './stage.mjs'
import { freePort, startVscode } from './vscode.mjs'

const require = createRequire(import.meta.url)
const LIMIT_MS = 120_000
const WORKSPACE = join(HERE, 'workspace')

/** VS Code with the Node extension host, as on a desktop or over SSH. */
export async function nodeHost() {
  return withResources(async (use) => {
    const workspace = use(copyOf(WORKSPACE), 'remove')
    const vscode = use(await startVscode(), 'stop')
    const { page } = await openPage(use(await startBrowser(), 'close'))
    const remote = (path) => `vscode-remote://127.0.0.1:${vscode.port}${path}`
    const payload = [
      ['extensionDevelopmentPath', remote(EXTENSION)],
      ['extensionTestsPath', remote(join(ROOT, NODE_SUITE))],
    ]
    return outcome(page, `${vscode.origin}/?${new URLSearchParams({ folder: workspace.folder, payload: JSON.stringify(payload) })}`)
  })
}

/** The same VS Code with the web worker extension host; the workspace is on a server. */
export async function webHost() {
  return withResources(async (use) => {
    const workspace = use(copyOf(WORKSPACE), 'remove')
    const vscode = use(await startVscode(), 'stop')
    const files = use(await serveFolder(use(extensionWithSuite(), 'remove').folder), 'stop')
    // That page may not fetch from another port, which the Marketplace's address would be as well.
    const { page } = await openPage(use(await startBrowser(), 'close'), { bypassCSP: true })
    await developmentOptions(page, { extensions: [files.uri('/')], extensionTestsPath: files.uri('/suite.js') })
    return outcome(page, `${vscode.origin}/?${new URLSearchParams({ folder: workspace.folder })}`)
  })
}

/** The oldest VS Code that the manifest allows, without any server, on a virtual workspace: as on vscode.dev. */
export async function oldestWebHost() {
  return withResources(async (use) => {
    const workspace = use(copyOf(WORKSPACE), 'remove')
    const extension = use(extensionWithSuite(), 'remove')
    const builds = mkdtempSync(join(tmpdir(), 'vscode-web-'))
    use({ remove: () => rmSync(builds, { recursive: true, force: true }) }, 'remove')
    const commit = placeBuild(builds)
    const port = await freePort()
    const where = ['--browser', 'none', '--host', 'localhost', '--port', String(port)]
    const build = ['--quality', 'stable', '--commit', commit, '--testRunnerDataDir', builds]
    const child = spawn(
      process.execPath,
      [require.resolve('@vscode/test-web'), ...where, ...build, '--extensionDevelopmentPath', extension.folder, workspace.folder],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    use({ stop: () => child.kill() }, 'stop')
    await new Promise((done, fail) => {
      child.stdout.on('data', (bytes) => String(bytes).includes('Listening on') && done())
      child.once('exit', (code) => fail(new Error(`The web server ended with ${code}.`)))
    })
    const { page } = await openPage(use(await startBrowser(), 'close'))
    await developmentOptions(page, {
      extensionTestsPath: { scheme: 'http', authority: `localhost:${port}`, path: '/static/devextensions/suite.js' },
    })
    return outcome(page, `http://localhost:${port}/`)
  })
}

/** A web worker host loads a suite from nowhere but its extension's folder. */
function extensionWithSuite() {
  const extension = copyOf(EXTENSION)
  copyFileSync(join(ROOT, WEB_SUITE), join(extension.folder, 'suite.js'))
  return extension
}

/** test-web downloads no build where one of the asked commit already is. */
function placeBuild(folder) {
  const dist = join(dirname(require.resolve('vscode-web/package.json')), 'dist')
  const commit = '0'.repeat(40)
  const build = join(folder, `vscode-web-stable-${commit}`)
  mkdirSync(build)
  for (const name of readdirSync(dist)) symlinkSync(relative(build, join(dist, name)), join(build, name))
  writeFileSync(join(build, 'version'), basename(build))
  return commit
}

/** Opens the page, which runs the suite; prints what the suite prints. Throws when no test ran. */
async function outcome(page, url) {
  let counts
  const ended = new Promise((done) => {
    const late = setTimeout(() => done('It did not end in time.'), LIMIT_MS)
    page.exposeFunction('codeAutomationExit', (code) => {
      clearTimeout(late)
      done(code === 0 ? undefined : `It ended with ${code}.`)
    })
  })
  await page.exposeFunction('codeAutomationLog', (_, words) => {
    const line = format(...words)
    const found = /^(\d+) passed, (\d+) failed$/m.exec(line)
    if (found) counts = { passed: Number(found[1]), failed: Number(found[2]) }
    if (process.env['VERBOSE'] || !NOISE.test(line)) console.log(line)
  })
  if (process.env['VERBOSE']) {
    page.on('console', (message) => console.log(`[${message.type()}] ${message.text()}`))
    page.on('pageerror', (error) => console.log(error))
  }
  await page.goto(url, { waitUntil: 'commit' })
  const trouble = await ended
  if (!counts) throw new Error(trouble ?? 'It ran no test.')
  return counts
}

/** The workbench logs through the same function as the suite. */
const NOISE =
  /^CodeExpectedError|workbench\.js|^%c|^\[|^(Resolv|Creating a socket|Updating additional|Loading development|Ignoring|Request to|Found additional|vscode-test-web-support)/

/** Ends everything that was used, last first, whatever happens. */
export async function withResources(work) {
  const ends = []
  const use = (resource, method) => {
    ends.unshift(() => resource[method]())
    return resource
  }
  try {
    return await work(use)
  } finally {
    for (const end of ends) await end()
  }
}
