import { access, attackPaths } from './access.ts'
import { auditCharts, chartKeystrokes } from './charts.ts'
import { cold } from './cold.ts'
import { keystrokes } from './keystroke.ts'
import { network } from './network.ts'
import { overlays } from './overlays.ts'
import { terraform } from './terraform.ts'

const [task = '', what = '', more = ''] = process.argv.slice(2)
if (task === 'keystrokes') await keystrokes(Number(what))
else if (task === 'audit' || task === 'yaml') cold(what, task)
else if (task === 'access') access(Number(what))
else if (task === 'attack-paths') attackPaths(Number(what))
else if (task === 'overlays') await overlays(Number(what))
else if (task === 'terraform') await terraform(Number(what))
else if (task === 'network') network(Number(what), Number(more))
else if (task === 'charts') await chartKeystrokes(Number(what))
else if (task === 'chart-audits') auditCharts(what)
