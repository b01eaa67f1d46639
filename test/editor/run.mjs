// `npm run test:editor [-- SUITE ...]`: the editor suites, one after the other.
import { install } from './install.mjs'

install()
const { buildSuites } = await import('./build.mjs')
const { stage } = await import('./stage.mjs')
const { nodeHost, webHost, oldestWebHost } = await import('./hosts.mjs')
const { journey } = await import('./journey.mjs')

const SUITES = { node: nodeHost, web: webHost, oldest: oldestWebHost, journey }
const wanted = process.argv.slice(2)

await buildSuites()
stage()
const total = { passed: 0, failed: 0 }
for (const [name, suite] of Object.entries(SUITES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  console.log(`\n== ${name}`)
  const start = Date.now()
  // A real editor on a machine under load can miss a moment: a suite that failed has one more try, and says so.
  const first = await attempt(suite)
  if (first.failed > 0) console.log(`== ${name}: ${first.passed} passed, ${first.failed} failed, once more`)
  const { passed, failed } = first.failed > 0 ? await attempt(suite) : first
  console.log(`== ${name}: ${passed} passed, ${failed} failed in ${((Date.now() - start) / 1000).toFixed(1)} s`)
  total.passed += passed
  total.failed += failed
}
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0)

async function attempt(suite) {
  try {
    return await suite()
  } catch (error) {
    console.error(error)
    return { passed: 0, failed: 1 }
  }
}
