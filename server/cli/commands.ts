import { attackPaths } from './attack-paths.ts'
import { audit } from './audit.ts'
import { baselineWrite } from './baseline-write.ts'
import type { Command } from './command.ts'
import { connections } from './connections.ts'
import { diff } from './diff.ts'
import { evaluate } from './evaluate.ts'
import { explain } from './explain.ts'
import { explainRule } from './explain-rule.ts'
import { fix } from './fix.ts'
import { permissions } from './permissions.ts'
import { render } from './render.ts'
import { rules } from './rules.ts'
import { whoCan } from './who-can.ts'

/** Every command, in the order of the help. A new one is a file and a line here. */
export const COMMANDS: readonly Command[] = [
  audit,
  fix,
  baselineWrite,
  whoCan,
  permissions,
  attackPaths,
  connections,
  explain,
  diff,
  render,
  evaluate,
  explainRule,
  rules,
]
