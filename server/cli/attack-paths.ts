import { attackPathsMermaid, attackPathsReport, attackPathsText } from '../report/access/attack-paths.ts'
import { ANSWER_HELP, ANSWER_OPTIONS, answer } from './access.ts'
import type { Command } from './command.ts'

export const attackPaths: Command = {
  name: 'attack-paths',
  summary: 'Show how far whoever takes over a workload from outside gets.',
  usage: '[paths]',
  options: ANSWER_OPTIONS,
  details: [
    'From every workload that the outside can reach, over the tokens that its pods hold, to the worst place that their permissions lead to, and where that is best cut; then over connections that policies allow, to workloads that the outside does not reach. A step is possible, not certain, when it depends on something that is not in the files.',
    ...ANSWER_HELP,
  ],
  run: (args, host, product) =>
    answer(args, 0, host, product, ({ asked }) => attackPathsReport(asked), { text: attackPathsText, mermaid: attackPathsMermaid }),
}
