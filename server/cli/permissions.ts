import { canonical, type Subject } from '../model/access/identity.ts'
import { permissionsMermaid, permissionsReport, permissionsText } from '../report/access/permissions.ts'
import { ANSWER_HELP, ANSWER_OPTIONS, answer } from './access.ts'
import { UsageError } from './arguments.ts'
import type { Command } from './command.ts'

export const permissions: Command = {
  name: 'permissions',
  summary: 'List what a ServiceAccount, user or group may do, and what grants it.',
  usage: 'SUBJECT [paths]',
  options: {
    all: { type: 'boolean', help: 'Also what every identity may do.' },
    ...ANSWER_OPTIONS,
  },
  details: [
    'A subject is a ServiceAccount as namespace/name, or User/name, or Group/name; a ServiceAccount whose namespace the files leave open is /name.',
    ...ANSWER_HELP,
  ],
  run(args, host, product) {
    const [word] = args.paths
    if (word === undefined) throw new UsageError('Name a subject: shop/cart for a ServiceAccount, User/ann or Group/developers.')
    const subject = subjectOf(word)
    return answer(args, 1, host, product, ({ asked }) => permissionsReport(asked, subject, args.flag('all')), {
      text: permissionsText,
      mermaid: permissionsMermaid,
    })
  },
}

/** A subject as it is written on the command line. Throws a usage error for anything else. */
export function subjectOf(word: string): Subject {
  const slash = word.indexOf('/')
  const [kind, rest] = [word.slice(0, Math.max(0, slash)), word.slice(slash + 1)]
  if (rest !== '' && (kind === 'User' || kind === 'Group')) return canonical({ kind, namespace: '', name: rest })
  if (slash < 0 && word.startsWith('system:serviceaccount:')) return canonical({ kind: 'User', namespace: '', name: word })
  const account = kind === 'ServiceAccount' ? rest : word
  const parts = account.split('/')
  const [namespace = '', name] = parts
  if (parts.length !== 2 || !name)
    throw new UsageError(`"${word}" is no subject: shop/cart for a ServiceAccount, User/ann or Group/developers.`)
  return { kind: 'ServiceAccount', namespace, name }
}
