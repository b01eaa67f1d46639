// What `npm start` shows: an audit of the folders that are named, or of the sample shop. Findings are no failure here.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../dist/cli.mjs', import.meta.url))
const shop = fileURLToPath(new URL('shop', import.meta.url))
const given = process.argv.slice(2)
const { status } = spawnSync(process.execPath, [command, 'audit', ...(given.length > 0 ? given : [shop])], { stdio: 'inherit' })
process.exitCode = status === 0 || status === 1 ? 0 : (status ?? 2)
