import { access } from './access.ts'
import { auditCharts, chartKeystrokes } from './charts.ts'
import { cold } from './cold.ts'
import { keystrokes } from './keystroke.ts'
import { benchNetwork } from './network.ts'
import { overlays } from './overlays.ts'
import { terraform } from './terraform.ts'

const [task = '', what = ''] = process.argv.slice(2)
if (task === 'keystrokes') await keystrokes(Number(what))
else if (task === 'audit' || task === 'yaml') cold(what, task)
else if (task === 'access') access(Number(what))
else if (task === 'overlays') await overlays(Number(what))
else if (task === 'terraform') await terraform(Number(what))
else if (task === 'network') benchNetwork(Number(what), Number(what) / 2)
else if (task === 'charts') await chartKeystrokes(Number(what))
else if (task === 'chart-audits') auditCharts(what)
