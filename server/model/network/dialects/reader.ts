import type { KubeObject } from '../../object.ts'
import type { Tri } from '../../tri.ts'
import { get, hasUnknown, isList, isMap, isUnknown, type Path, type Value } from '../../value.ts'
import { ANY_LABELS, every, type LabelTest, UNKNOWN_LABELS } from '../labels.ts'
import { type Direction, NO_PORTS, type Policy, type PolicyProblem, type PortList, type Rule } from '../policy.ts'
import { type Connections, NONE, PROTOCOL_NUMBERS, ports as portRange, protocol as wholeProtocol, union } from '../sets/connections.ts'

/**
 * Reads one policy object and collects what is wrong with it. What the API server (or the schema of a custom
 * resource) refuses makes the whole policy invalid; the rest of it is read all the same.
 */
export class Reader {
  readonly object: KubeObject
  readonly problems: PolicyProblem[] = []
  invalid = false

  constructor(object: KubeObject) {
    this.object = object
  }

  /** The API server refuses the object for this. */
  refuse(path: Path, message: string, instead?: string | number): void {
    this.invalid = true
    this.problems.push({ object: this.object, path, message, refused: true, ...(instead === undefined ? {} : { instead }) })
  }

  /** It is accepted, but does not do what it seems to. */
  warn(path: Path, message: string): void {
    this.problems.push({ object: this.object, path, message, refused: false })
  }

  /** A list, or undefined when it is absent; anything else is refused. Unknown entries stay in it. */
  list(path: Path): readonly Value[] | 'unknown' | undefined {
    const found = get(this.object.body, ...path)
    if (found === undefined) return undefined
    if (isUnknown(found)) return 'unknown'
    if (isList(found)) return found
    this.refuse(path, 'This must be a list; the API server refuses the policy. Write its entries with `- `.')
    return undefined
  }

  /** A `metav1.LabelSelector`; an absent one means `absent`. */
  labelSelector(path: Path, absent: LabelTest): LabelTest {
    const selector = get(this.object.body, ...path)
    if (selector === undefined) return absent
    if (isUnknown(selector)) return UNKNOWN_LABELS
    if (!isMap(selector)) {
      this.refuse(path, 'A selector is a map with `matchLabels` or `matchExpressions`; the API server refuses the policy.')
      return UNKNOWN_LABELS
    }
    for (const key of Object.keys(selector)) {
      if (key !== 'matchLabels' && key !== 'matchExpressions')
        this.warn(
          [...path, key],
          `A selector has no field \`${key}\`, so it selects as if this were not here. Put it into \`matchLabels\`.`,
        )
    }
    return every([this.#matchLabels([...path, 'matchLabels']), ...this.#matchExpressions([...path, 'matchExpressions'])])
  }

  #matchLabels(path: Path): LabelTest {
    const labels = get(this.object.body, ...path)
    if (labels === undefined) return ANY_LABELS
    if (!isMap(labels)) return UNKNOWN_LABELS
    return every(
      Object.entries(labels).map(([key, value]): LabelTest => {
        if (isUnknown(value)) return { op: 'in', key, values: [], open: true }
        const text = String(value)
        if (typeof value !== 'string')
          this.refuse([...path, key], `A label's value is a string; the API server refuses the policy. Write "${text}".`, text)
        else if (!isLabelValue(text))
          this.refuse(
            [...path, key],
            'No label has this value: at most 63 letters, digits, `-`, `_` and `.` are possible. The API server refuses the policy.',
          )
        return { op: 'in', key, values: [text] }
      }),
    )
  }

  #matchExpressions(path: Path): LabelTest[] {
    const expressions = this.list(path)
    if (expressions === undefined) return []
    if (expressions === 'unknown') return [UNKNOWN_LABELS]
    return expressions.map((expression, i): LabelTest => {
      const at = [...path, i]
      const key = get(expression, 'key')
      const operator = get(expression, 'operator')
      const values = get(expression, 'values')
      if (isUnknown(expression) || isUnknown(key) || isUnknown(operator) || isUnknown(values)) return UNKNOWN_LABELS
      if (typeof key !== 'string' || key === '') {
        this.refuse(at, 'A label expression needs a `key`; the API server refuses the policy.')
        return UNKNOWN_LABELS
      }
      const listed = isList(values) ? values : []
      const strings = listed.filter((value) => typeof value === 'string')
      switch (operator) {
        case 'In':
        case 'NotIn': {
          if (listed.length === 0) this.refuse([...at, 'values'], `\`${operator}\` needs \`values\`; the API server refuses the policy.`)
          const test: LabelTest = { op: 'in', key, values: strings, ...(hasUnknown(values) ? { open: true } : {}) }
          return operator === 'In' ? test : { op: 'not', of: test }
        }
        case 'Exists':
        case 'DoesNotExist': {
          if (listed.length > 0) this.refuse([...at, 'values'], `\`${operator}\` takes no \`values\`; the API server refuses the policy.`)
          return operator === 'Exists' ? { op: 'has', key } : { op: 'not', of: { op: 'has', key } }
        }
        default:
          this.refuse(
            [...at, 'operator'],
            `There is no operator \`${String(operator ?? '')}\`: it is one of ${OPERATORS.join(', ')}. The API server refuses the policy.`,
            typeof operator === 'string' ? OPERATORS.find((each) => each.toLowerCase() === operator.toLowerCase()) : undefined,
          )
          return UNKNOWN_LABELS
      }
    })
  }

  /** TCP where nothing is written. */
  protocol(path: Path, known: readonly string[]): string | 'unknown' {
    const written = get(this.object.body, ...path)
    if (written === undefined) return 'TCP'
    if (isUnknown(written)) return 'unknown'
    if (typeof written === 'string' && known.includes(written)) return written
    this.refuse(
      path,
      `\`${String(written)}\` is no protocol that a policy can name: it is one of ${known.join(', ')}. The API server refuses the policy.`,
      known.find((each) => each.toLowerCase() === String(written).toLowerCase()),
    )
    return 'unknown'
  }

  /** A port number, or undefined when it is refused or absent. */
  portNumber(path: Path): number | 'unknown' | undefined {
    const written = get(this.object.body, ...path)
    if (written === undefined) return undefined
    if (isUnknown(written)) return 'unknown'
    if (typeof written === 'number' && Number.isInteger(written) && written >= 1 && written <= 65_535) return written
    this.refuse(path, `${JSON.stringify(written)} is no port: ports are numbers from 1 to 65535. The API server refuses the policy.`)
    return undefined
  }

  portName(path: Path, name: string): boolean {
    if (/^\d+$/.test(name)) {
      this.refuse(
        path,
        `"${name}" in quotes is the name of a port, and a name needs a letter; the API server refuses the policy. Write ${name} without quotes.`,
        Number(name),
      )
      return false
    }
    if (name.length > 15 || !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name) || !/[a-z]/.test(name) || name.includes('--')) {
      this.refuse(
        path,
        `No port is named \`${name}\`: names have at most 15 lower-case letters, digits and single hyphens, and a letter. The API server refuses the policy.`,
      )
      return false
    }
    return true
  }

  /** The policy from its parts. One that is refused isolates nothing, and what it would allow is only possible. */
  policy(parts: Omit<Policy, 'object' | 'invalid' | 'problems'>): Policy {
    const { object, problems } = this
    if (!this.invalid) return { ...parts, object, problems, invalid: false }
    const possible = (rules: readonly Rule[]): readonly Rule[] =>
      rules.filter(({ action }) => action === 'allow').map((rule) => ({ ...rule, uncertain: true }))
    const perhaps = (direction: Direction): Tri => (parts.applies[direction] === false ? false : 'unknown')
    return {
      ...parts,
      object,
      problems,
      invalid: true,
      applies: { ingress: perhaps('ingress'), egress: perhaps('egress') },
      isolates: { ingress: false, egress: false },
      ingress: possible(parts.ingress),
      egress: possible(parts.egress),
    }
  }
}

const OPERATORS: readonly string[] = ['In', 'NotIn', 'Exists', 'DoesNotExist']

function isLabelValue(text: string): boolean {
  return text === '' || (text.length <= 63 && /^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/.test(text))
}

/** The connections of a whole protocol; of all three that policies know where it is unknown. */
export function anyPort(protocol: string | 'unknown'): Connections {
  if (protocol === 'unknown') return KUBERNETES_PROTOCOLS.map((name) => anyPort(name)).reduce(union)
  return wholeProtocol(PROTOCOL_NUMBERS.get(protocol) ?? 6)
}

export const KUBERNETES_PROTOCOLS: readonly string[] = ['TCP', 'UDP', 'SCTP']

export function portsBetween(protocol: string, first: number, last: number): Connections {
  return portRange(PROTOCOL_NUMBERS.get(protocol) ?? 6, first, last)
}

export function joinPorts(lists: readonly PortList[]): PortList {
  return lists.reduce(
    (sum, list) => ({
      fixed: union(sum.fixed, list.fixed),
      possible: union(sum.possible, list.possible),
      named: [...sum.named, ...list.named],
    }),
    NO_PORTS,
  )
}

export function fixedPorts(fixed: Connections): PortList {
  return { fixed, possible: NONE, named: [] }
}

export function possiblePorts(possible: Connections): PortList {
  return { fixed: NONE, possible, named: [] }
}
