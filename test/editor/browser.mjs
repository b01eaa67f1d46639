// Chromium of the machine, kept from leaving it.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

export async function startBrowser({ headless = true } = {}) {
  const executablePath = process.env['CHROMIUM'] ?? PLACES.find(existsSync)
  if (!executablePath) throw new Error('There is no Chromium. Install it, or name one in the environment variable CHROMIUM.')
  // The sandbox refuses to run as root, which is what build machines run as.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({
    executablePath,
    headless,
    args: [...sandbox, '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking'],
  })
}

/** @param {{ bypassCSP?: boolean, scale?: number }} options */
export async function openPage(browser, { bypassCSP = false, viewport = { width: 1280, height: 800 }, scale = 1 } = {}) {
  const context = await browser.newContext({ viewport, deviceScaleFactor: scale, locale: 'en-US', bypassCSP })
  const blocked = new Set()
  const outside = ({ protocol, hostname }) => protocol.startsWith('http') && hostname !== '127.0.0.1' && !/(^|\.)localhost$/.test(hostname)
  await context.route(outside, (route) => {
    blocked.add(new URL(route.request().url()).hostname)
    return route.abort()
  })
  return { page: await context.newPage(), blocked }
}

/**
 * Changes the options of the page's workbench, which stand in an element of the page, before it reads them.
 * (Answering the page's own request instead would make it a public one, that may not talk to loopback.)
 */
export async function developmentOptions(page, options) {
  await page.addInitScript((added) => {
    new MutationObserver((_, observer) => {
      const element = document.getElementById('vscode-workbench-web-configuration')
      if (!element) return
      observer.disconnect()
      const all = JSON.parse(element.getAttribute('data-settings'))
      all.developmentOptions = { ...all.developmentOptions, ...added }
      element.setAttribute('data-settings', JSON.stringify(all))
    }).observe(document, { childList: true, subtree: true })
  }, options)
}
