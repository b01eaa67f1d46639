// A real VS Code without a desktop: the server inside the npm package `code-server`, run as it is.
// code-server's own installer would compile VS Code's libraries; they are dependencies of this folder instead.
import { spawn, spawnSync } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'

const require = createRequire(import.meta.url)
const here = import.meta.dirname ?? dirname(new URL(import.meta.url).pathname)

/** VS Code's server needs a newer Node than the product does. */
const NEEDED_NODE = 24
const START_MS = 60_000

const SETTINGS = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'files.simpleDialog.enable': true,
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.autoDetectColorScheme': false,
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.settings.enableNaturalLanguageSearch': false,
  'workbench.startupEditor': 'none',
}

function folderOf(name) {
  return dirname(require.resolve(`${name}/package.json`))
}

function node() {
  if (Number(process.versions.node.split('.')[0]) >= NEEDED_NODE) return process.execPath
  const name = `node-${process.platform}-${process.arch}`
  try {
    return join(folderOf(name), 'bin/node')
  } catch {
    throw new Error(`VS Code's server needs Node ${NEEDED_NODE}; there is no package of it for ${process.platform} ${process.arch}.`)
  }
}

/** Where VS Code is; its page asks for libraries beside it, which are here. */
function vscode() {
  const folder = join(folderOf('code-server'), 'lib/vscode')
  const libraries = join(folder, 'node_modules')
  if (!existsSync(libraries)) symlinkSync(relative(folder, join(here, 'node_modules')), libraries)
  return folder
}

export function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

/**
 * Starts the server on loopback with data folders that go away with it.
 * @param {{ vsix?: string, settings?: object, log?: string, testing?: boolean, trust?: boolean }} options `testing`: pages may name extensions under development
 */
export async function startVscode({ vsix, settings = {}, log, testing = true, trust = false } = {}) {
  const port = await freePort()
  const data = mkdtempSync(join(tmpdir(), 'vscode-'))
  const user = join(data, 'data/User')
  mkdirSync(user, { recursive: true })
  writeFileSync(join(user, 'settings.json'), JSON.stringify({ ...SETTINGS, 'security.workspace.trust.enabled': trust, ...settings }))

  const inherited = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|XDG_RUNTIME_DIR$)/.test(name))
  const sockets = join(data, 't')
  mkdirSync(sockets)
  const env = { ...Object.fromEntries(inherited), EXTENSIONS_GALLERY: '{}', TMPDIR: sockets }
  const folders = ['--accept-server-license-terms', '--server-data-dir', data, '--extensions-dir', join(data, 'extensions')]
  const main = join(vscode(), 'out/server-main.js')

  if (vsix) {
    const { status, stdout, stderr } = spawnSync(node(), [main, ...folders, '--install-extension', resolve(vsix)], {
      env,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`${vsix} cannot be installed: ${stdout}${stderr}`)
  }

  const quiet = ['--disable-telemetry', '--telemetry-level', 'off', '--disable-experiments', '--disable-getting-started-override']
  const where = ['--host', '127.0.0.1', '--port', String(port), '--without-connection-token']
  const flags = [...(testing ? ['--enable-smoke-test-driver'] : []), ...(trust ? [] : ['--disable-workspace-trust'])]
  const child = spawn(node(), [main, ...folders, ...where, ...quiet, ...flags], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  await listening(child, log)
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    async stop() {
      process.off('exit', kill)
      if (child.exitCode === null) {
        const ended = new Promise((done) => child.once('exit', done))
        child.kill('SIGTERM')
        const late = setTimeout(kill, 5000)
        await ended
        clearTimeout(late)
      }
      // Its extension hosts end a little later, and write until then.
      rmSync(data, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
    },
  }
}

function listening(child, log) {
  const sink = log ? createWriteStream(log) : undefined
  let output = ''
  return new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Error(`VS Code's server did not start: ${output}`)), START_MS)
    const read = (bytes) => {
      sink?.write(bytes)
      output = (output + bytes).slice(-20_000)
      if (!output.includes('Extension host agent listening')) return
      clearTimeout(late)
      done()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', fail)
    child.once('exit', (code) => fail(new Error(`VS Code's server ended with ${code}: ${output}`)))
  })
}
