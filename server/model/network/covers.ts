import { readBlock } from './matching.ts'
import type { LabelTest } from './labels.ts'
import type { PeerTest, Selected } from './peers.ts'
import type { PortTest, Rule } from './policy.ts'
import { isAddressSubset } from './sets/addresses.ts'
import { isWithin } from './sets/connections.ts'

/** Whether one thing certainly means all that another does, whatever pods there are or will be. False may mean: nobody can tell. */

export function coversRule(wide: Rule, narrow: Rule): boolean {
  if (wide.uncertain || wide.subject) return false
  return coversPeer(wide.peer, narrow.peer) && coversPorts(wide.ports, narrow.ports)
}

export function coversPeer(wide: PeerTest, narrow: PeerTest): boolean {
  if (wide.op === 'everything' || narrow.op === 'nothing') return true
  if (narrow.op === 'or') return narrow.of.every((part) => coversPeer(wide, part))
  if (wide.op === 'or') return wide.of.some((part) => coversPeer(part, narrow))
  if (wide.op === 'cidr' && narrow.op === 'cidr') {
    return wide.pods === narrow.pods && isAddressSubset(readBlock(narrow.cidrs, narrow.except), readBlock(wide.cidrs, wide.except))
  }
  if (wide.op === 'selected' && narrow.op === 'selected') {
    if (wide.dialect !== narrow.dialect || wide.accounts) return false
    return coversPlace(wide.where, narrow.where) && coversLabels(wide.labels, narrow.labels)
  }
  if (wide.op === 'unknown' || wide.op === 'not') return false
  return JSON.stringify(wide) === JSON.stringify(narrow)
}

function coversPlace(wide: Selected['where'], narrow: Selected['where']): boolean {
  if ('own' in narrow) return 'own' in wide ? wide.own === narrow.own : wide.labels.op === 'all'
  if ('own' in wide || (narrow.outside && !wide.outside)) return false
  return coversLabels(wide.labels, narrow.labels)
}

/** Every condition of the wide test is one of the narrow test as well. */
function coversLabels(wide: LabelTest, narrow: LabelTest): boolean {
  if (wide.op === 'all') return true
  const have = new Set(conditions(narrow).map((part) => JSON.stringify(part)))
  return conditions(wide).every((part) => isSure(part) && have.has(JSON.stringify(part)))
}

function conditions(test: LabelTest): readonly LabelTest[] {
  return test.op === 'and' ? test.of.flatMap(conditions) : [test]
}

function isSure(test: LabelTest): boolean {
  return test.op !== 'unknown' && !(test.op === 'in' && test.open === true)
}

function coversPorts(wide: PortTest, narrow: PortTest): boolean {
  if (!isWithin(narrow.base, wide.certain) || wide.notPorts || wide.notSources || wide.sources) return false
  if (!wide.ports) return true
  if (!narrow.ports) return false
  const names = new Set(wide.ports.named.map((port) => JSON.stringify(port)))
  return (
    isWithin(narrow.ports.fixed, wide.ports.fixed) &&
    isWithin(narrow.ports.possible, wide.ports.fixed) &&
    narrow.ports.named.every((port) => names.has(JSON.stringify(port)))
  )
}
