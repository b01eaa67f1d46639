import { quote } from '../go/quote.ts'
import type { ListNode, Node, Operand, PipeNode } from './ast.ts'

/** The nodes as Go prints them, in messages and in its own tests. */
export function printList(list: ListNode, text: (text: string) => string = (each) => each): string {
  return list.nodes.map((node) => printNode(node, text)).join('')
}

export function printNode(node: Node, text: (text: string) => string = (each) => each): string {
  switch (node.kind) {
    case 'text':
      return text(node.text)
    case 'comment':
      return `{{${node.text}}}`
    case 'action':
      return `{{${printPipe(node.pipe)}}}`
    case 'template':
      return `{{template ${quote(node.name)}${node.pipe ? ` ${printPipe(node.pipe)}` : ''}}}`
    case 'break':
    case 'continue':
      return `{{${node.kind}}}`
    default: {
      const otherwise = node.otherwise ? `{{else}}${printList(node.otherwise, text)}` : ''
      return `{{${node.kind} ${printPipe(node.pipe)}}}${printList(node.list, text)}${otherwise}{{end}}`
    }
  }
}

export function printPipe(pipe: PipeNode): string {
  const declared = pipe.declares.map(printOperand).join(', ')
  const commands = pipe.commands.map(({ args }) => printCommand(args)).join(' | ')
  return `${declared === '' ? '' : `${declared} ${pipe.assigns ? '=' : ':='} `}${commands}`
}

export function printCommand(args: readonly Operand[]): string {
  return args.map((arg) => (arg.kind === 'pipe' ? `(${printPipe(arg)})` : printOperand(arg))).join(' ')
}

export function printOperand(node: Operand): string {
  switch (node.kind) {
    case 'identifier':
      return node.name
    case 'variable':
      return [node.name, ...node.fields].join('.')
    case 'field':
      return node.fields.map((field) => `.${field}`).join('')
    case 'chain': {
      const inner = node.node.kind === 'pipe' ? `(${printPipe(node.node)})` : printOperand(node.node)
      return `${inner}${node.fields.map((field) => `.${field}`).join('')}`
    }
    case 'dot':
      return '.'
    case 'nil':
      return 'nil'
    case 'bool':
      return String(node.value)
    case 'number':
      return node.text
    case 'string':
      return node.quoted
    case 'pipe':
      return printPipe(node)
  }
}
