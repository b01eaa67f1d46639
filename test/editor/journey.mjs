// What a person does with the extension as it is installed from a file: looks, points, fixes, audits.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openPage, startBrowser } from './browser.mjs'
import { withResources } from './hosts.mjs'
import { pack } from './package.mjs'
import { copyOf, HERE, ROOT, SHOTS } from './places.mjs'
import { startVscode } from './vscode.mjs'

const LIMIT_MS = 30_000
const SQUIGGLE = '.monaco-editor .squiggly-warning'

export async function journey() {
  return withResources(async (use) => {
    const workspace = use(copyOf(join(HERE, 'workspace')), 'remove')
    const empty = use(copyOf(join(HERE, 'stubs/spdlog')), 'remove')
    // As somebody has it who opened a stranger's repository and did not trust it.
    const vscode = use(await startVscode({ vsix: pack(), testing: false, trust: true, settings: RESTRICTED }), 'stop')
    const browser = use(await startBrowser(), 'close')
    const { page } = await openPage(browser, { scale: process.env['PICTURES'] ? 2 : 1 })
    page.setDefaultTimeout(LIMIT_MS)
    mkdirSync(SHOTS, { recursive: true })
    const open = (folder) => page.goto(`${vscode.origin}/?${new URLSearchParams({ folder })}`)
    return inOrder(steps(page, { open, workspace: workspace.folder, empty: empty.folder }), async (name, number) => {
      await page.screenshot({ path: join(SHOTS, `${number}-${name.replaceAll(' ', '-')}.png`) })
      const [picture, x, y, width, height] = process.env['PICTURES'] ? (PICTURES[name] ?? []) : []
      if (picture) await page.screenshot({ path: join(ROOT, 'client/images', picture), clip: { x, y, width, height } })
    })
  })
}

/** What the walkthrough shows is cut out of these steps with PICTURES=1. */
const PICTURES = {
  'hover with a link to the rule': ['see.png', 352, 36, 924, 300],
  'menu of fixes': ['fix.png', 300, 170, 560, 290],
  'audit from the palette': ['audit.png', 352, 36, 924, 470],
}

const RESTRICTED = { 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' }

function steps(page, { open, workspace, empty }) {
  const status = page.locator('.statusbar-item[id*="kubeZeroTrust.status"]')
  const text = (file) => readFileSync(join(workspace, file), 'utf8')
  const before = text('cart.yaml')

  return {
    'squiggle in an untrusted workspace': async () => {
      await open(workspace)
      await openFile(page, 'cart.yaml')
      await page.locator(SQUIGGLE).first().waitFor({ state: 'attached' })
      await page.keyboard.press('Control+Shift+M')
      await page.locator('.markers-panel .monaco-list-row', { hasText: 'node-access' }).first().waitFor()
      await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor()
    },
    'count of all files in the status bar': async () => {
      await status.filter({ hasText: '2' }).waitFor()
    },
    'hover with a link to the rule': async () => {
      await goTo(page, 20)
      await eventually(() => hoverSquiggle(page, 'can take over its node'))
    },
    'page of the rule': async () => {
      const link = hoverOf(page, 'can take over its node').locator('a', { hasText: 'node-access' }).first()
      // A hover goes away by itself when something moves below it.
      await eventually(async () => {
        if (!(await hoverSquiggle(page, 'can take over its node'))) return false
        return happens(link.click({ timeout: 3000 }))
      })
      await preview(page, 'Workload can take over its node').waitFor()
    },
    'menu of fixes': async () => {
      await openFile(page, 'cart.yaml')
      await goTo(page, 20)
      await page.keyboard.press('End')
      await quickFix(page, /Take away access to the node/)
    },
    'fix applied and saved': async () => {
      await page.locator('.action-widget .monaco-list-row', { hasText: 'Take away access to the node' }).click()
      await page.locator('.markers-panel .monaco-list-row', { hasText: 'node-access' }).first().waitFor({ state: 'detached' })
      await page.keyboard.press('Control+S')
      await eventually(() => text('cart.yaml') === before.replace('privileged: true', 'privileged: false'))
    },
    'all findings of a rule with preview': async () => {
      writeFileSync(join(workspace, 'cart.yaml'), before)
      await openFile(page, 'report.yaml')
      await page.locator(SQUIGGLE).first().waitFor({ state: 'attached' })
      await goTo(page, 17)
      await page.keyboard.press('End')
      await quickFix(page, /in the workspace/)
      await page.locator('.action-widget .monaco-list-row', { hasText: 'in the workspace' }).click()
      await page.getByText('Refactor Preview', { exact: false }).first().waitFor()
    },
    'preview applied to several files': async () => {
      await page.getByRole('button', { name: 'Apply' }).click()
      await page.keyboard.press('Control+K')
      await page.keyboard.press('S')
      await page.waitForFunction(() => document.querySelectorAll('.tab.dirty').length === 0)
      await eventually(() => ['cart.yaml', 'report.yaml'].every((file) => !text(file).includes('privileged: true')))
    },
    'audit from the palette': async () => {
      await command(page, 'Zero Trust: Audit Workspace')
      await preview(page, 'Zero-trust audit').waitFor()
    },
    'link of the report': async () => {
      await preview(page, 'Zero-trust audit').getByRole('link', { name: 'cart.yaml' }).first().click()
      await page.locator('.tab.active', { hasText: 'cart.yaml' }).waitFor()
    },
    'nothing in a workspace without manifests': async () => {
      await open(empty)
      await openFile(page, 'index.js')
      await command(page, 'Zero Trust: Audit Workspace')
      await page.getByText('there is no Kubernetes manifest').first().waitFor()
      expect(await status.count(), 0)
    },
    'a first manifest wakes it': async () => {
      writeFileSync(join(empty, 'cart.yaml'), before)
      await openFile(page, 'cart.yaml')
      await page.locator(SQUIGGLE).first().waitFor({ state: 'attached' })
    },
    walkthrough: async () => {
      await command(page, 'Welcome: Open Walkthrough')
      await page.keyboard.type('Zero trust for')
      await page.keyboard.press('Enter')
      await page.locator('.getting-started-step', { hasText: 'Apply a fix' }).first().waitFor()
      // It needs room for its pictures.
      await page.keyboard.press('Control+B')
      const picture = page.locator('.gettingStartedContainer img', { visible: true }).last()
      await eventually(() => picture.evaluate((image) => image.complete && image.naturalWidth > 500).catch(() => false))
    },
  }
}

/** Runs steps until one fails: those behind it stand on it. */
async function inOrder(all, shoot) {
  const names = Object.keys(all)
  let passed = 0
  for (const name of names) {
    try {
      await all[name]()
      passed++
      console.log(`    ✔ ${name}`)
    } catch (error) {
      console.log(`    ✘ ${name}\n${error.stack ?? error}`)
      await shoot(name, 'failed')
      break
    }
    await shoot(name, String(passed).padStart(2, '0'))
  }
  console.log(`${passed} passed, ${names.length - passed} failed`)
  return { passed, failed: names.length - passed }
}

async function openFile(page, name) {
  await page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first().dblclick()
  await page.locator('.tab.active', { hasText: name }).waitFor()
}

/** Asks the palette until it has the command: extensions add theirs a little after the window is there. */
async function command(page, title) {
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: title })
  await eventually(async () => {
    await page.keyboard.press('Escape')
    await page.keyboard.press('F1')
    await page.locator('.quick-input-widget input').first().waitFor()
    await page.keyboard.type(title)
    return appears(row)
  })
  // By mouse: the list is filtered a little later than it is typed.
  await row.first().click()
}

async function goTo(page, line) {
  await page.keyboard.press('Control+1')
  await page.keyboard.press('Control+G')
  await page.locator('.quick-input-widget input').first().waitFor()
  await page.keyboard.type(String(line))
  await page.keyboard.press('Enter')
  await page.locator('.quick-input-widget').first().waitFor({ state: 'hidden' })
}

/** Opens the menu of fixes until it has the wanted one: an editor answers with none while other extensions start. */
async function quickFix(page, wanted) {
  const row = page.locator('.action-widget .monaco-list-row', { hasText: wanted })
  await eventually(async () => {
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+.')
    return appears(row)
  })
}

function hoverOf(page, text) {
  return page.locator('.monaco-hover:not(.hidden)', { hasText: text })
}

/** Whether the hover of the first squiggle is there, after a try to get it: lenses that come move the lines. */
async function hoverSquiggle(page, text) {
  const hover = hoverOf(page, text)
  if ((await hover.count()) > 0) return true
  await page.mouse.move(5, 5)
  const box = await boxOf(page.locator(SQUIGGLE).first())
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  return appears(hover)
}

function appears(locator) {
  return happens(locator.first().waitFor({ timeout: 3000 }))
}

function happens(promise) {
  return promise.then(
    () => true,
    () => false,
  )
}

function preview(page, text) {
  return page.frameLocator('iframe.webview.ready').frameLocator('#active-frame').locator('body', { hasText: text })
}

/** The editor draws its decorations again and again. */
async function boxOf(locator) {
  let box
  await eventually(async () => {
    box = await locator.boundingBox({ timeout: 1000 }).catch(() => null)
    return box !== null
  })
  return box
}

async function eventually(holds) {
  const end = Date.now() + LIMIT_MS
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Did not happen: ${holds}`)
    await new Promise((done) => setTimeout(done, 100))
  }
}

function expect(actual, expected) {
  if (actual !== expected) throw new Error(`Expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`)
}
