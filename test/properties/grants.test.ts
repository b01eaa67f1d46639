import { expect, test } from 'vitest'
import { rules } from '../../rules/index.ts'
import { findingsOf } from '../../server/analysis/findings.ts'
import { proposeFixes, prove } from '../../server/analysis/fix.ts'
import { permissionChanges } from '../../server/report/access/permission-changes.ts'
import { analyseFiles, TODAY } from '../rules/spec.ts'
import { pageWorkspaces } from './workspaces.ts'

/** These give one subject what another has now, or a smaller thing for a larger, and say so. */
const MOVES =
  /^Read metrics only|^Read all that the kubelet tells|ServiceAccount of its own|its own read-only|Bind `.*` in `.*` only|^Use `|Name its namespace|this grants what it does not grant today/

test('no fix lets anybody do what they could not do, unless its title says so', () => {
  let revoking = 0
  let checked = 0
  const granting: string[] = []
  for (const { name, files } of pageWorkspaces()) {
    const analysis = analyseFiles(rules, files)
    for (const finding of findingsOf(analysis, { today: TODAY }).findings) {
      if (finding.rule.pillar !== 'identity') continue
      for (const fix of proposeFixes(analysis, finding)) {
        const proof = prove(analysis, finding, fix)
        if (!proof.proved) continue
        checked++
        const { granted, revoked } = permissionChanges(analysis, proof.analysis)
        if (revoked.length > 0) revoking++
        if (granted.length > 0 && !(fix.applicability === 'assisted' && MOVES.test(fix.title)))
          granting.push(`${name}: ${fix.title} (${fix.applicability}) ${granted[0]?.sentence}`)
        // What is safe takes nothing from anybody either, but for what newer versions do not have.
        const lost = revoked.filter(({ sentence }) => !/\.extensions`/.test(sentence))
        if (fix.applicability === 'safe') expect(lost, `${name}: ${fix.title}`).toEqual([])
      }
    }
  }
  expect(granting).toEqual([])
  expect(checked).toBeGreaterThan(100)
  expect(revoking).toBeGreaterThan(30)
})
