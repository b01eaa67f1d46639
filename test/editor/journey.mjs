// What a person does with the extension as it is installed from a file: looks, points, fixes, audits.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openPage, startBrowser } from './browser.mjs'
import { withResources } from './hosts.mjs'
import { pack } from './package.mjs'
import { copyOf, HERE, SHOTS } from './places.mjs'
import { startVscode } from './vscode.mjs'

const LIMIT_MS = 30_000

export async function journey() {
  return withResources(async (use) => {
    const workspace = use(copyOf(join(HERE, 'workspace')), 'remove')
    const empty = use(copyOf(join(HERE, 'stubs')), 'remove')
    // As somebody has it who opened a stranger's repository and did not trust it.
    const vscode = use(await startVscode({ vsix: pack(), testing: false, trust: true, settings: RESTRICTED }), 'stop')
    const browser = use(await startBrowser(), 'close')
    const { page } = await openPage(browser)
    page.setDefaultTimeout(LIMIT_MS)
    mkdirSync(SHOTS, { recursive: true })
    const open = (folder) => page.goto(`${vscode.origin}/?${new URLSearchParams({ folder })}`)
    return inOrder(steps(page, { open, workspace: workspace.folder, empty: empty.folder }), (name) =>
      page.screenshot({ path: join(SHOTS, `${name.replaceAll(' ', '-')}.png`) }),
    )
  })
}

const RESTRICTED = { 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' }

function steps(page, { open, workspace, empty }) {
  const SQUIGGLE = '.monaco-editor .squiggly-warning'
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
    'count in the status bar': async () => {
      await status.filter({ hasText: /\d/ }).waitFor()
    },
    'hover with a link to the rule': async () => {
      await goTo(page, 20)
      const box = await boxOf(page.locator(SQUIGGLE).first())
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
      await page.locator('.monaco-hover:not(.hidden)', { hasText: 'can take over its node' }).waitFor()
    },
    'page of the rule': async () => {
      await page.locator('.monaco-hover:not(.hidden) a', { hasText: 'node-access' }).first().click()
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
      await shoot(`failed ${name}`)
      break
    }
    await shoot(`${String(passed).padStart(2, '0')} ${name}`)
  }
  console.log(`${passed} passed, ${names.length - passed} failed`)
  return { passed, failed: names.length - passed }
}

async function openFile(page, name) {
  await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor()
  await page.keyboard.press('Control+P')
  await pick(page, name)
  await page.locator('.tab.active', { hasText: name }).waitFor()
}

async function command(page, title) {
  await page.keyboard.press('F1')
  await pick(page, title)
}

/** By mouse: the list is filtered a little later than it is typed. */
async function pick(page, text) {
  await page.locator('.quick-input-widget input').first().waitFor()
  await page.keyboard.type(text)
  await page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first().click()
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
    return row
      .first()
      .waitFor({ timeout: 3000 })
      .then(
        () => true,
        () => false,
      )
  })
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
