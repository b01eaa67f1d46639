import type { KubeObject } from '../object.ts'
import type { Tri } from '../tri.ts'
import type { Path } from '../value.ts'
import type { PeerTest } from './peers.ts'
import { ALL, type Connections, NONE } from './sets/connections.ts'

export type Direction = 'ingress' | 'egress'
export const DIRECTIONS: readonly Direction[] = ['ingress', 'egress']

/** What becomes of connections that match a rule. `pass` hands them to the next tier. */
export type Action = 'allow' | 'deny' | 'pass'

/** Ports of one end: what is written as numbers, and names that each pod resolves for itself. */
export interface PortList {
  readonly fixed: Connections
  /** What unknown values may add. */
  readonly possible: Connections
  readonly named: readonly { readonly name: string; readonly protocol: string | undefined }[]
}

/** Which connections a rule is about. All parts must hold. */
export interface PortTest {
  /** Protocol, ICMP and HTTP. */
  readonly base: Connections
  /** The part of `base` that is certain; where it differs, an unknown value or a condition narrows it. */
  readonly certain: Connections
  /** Of the pod that is connected to. */
  readonly ports?: PortList
  readonly notPorts?: PortList
  /** Of the pod that connects; `fixed` are sets of source ports. */
  readonly sources?: PortList
  readonly notSources?: PortList
}

export const EVERY_PORT: PortTest = { base: ALL, certain: ALL }
export const NO_PORTS: PortList = { fixed: NONE, possible: NONE, named: [] }

/** A peer as it is written, for explanations and for findings about a single one. */
export interface WrittenPeer {
  readonly path: Path
  readonly test: PeerTest
}

export interface Rule {
  readonly action: Action
  /** Of the rule in its policy. */
  readonly path: Path
  /** Any of `peers`. */
  readonly peer: PeerTest
  readonly peers: readonly WrittenPeer[]
  readonly ports: PortTest
  /** Where single ports are written, if they are. */
  readonly portPaths: readonly Path[]
  /** Narrows the pods of the policy that the rule is for (Calico's `source` of an egress rule). */
  readonly subject?: PeerTest
  /** The rule is possible only: its policy is invalid, or something about it is unknown. */
  readonly uncertain?: boolean
}

/** Something wrong with a policy, at the place where it is written. */
export interface PolicyProblem {
  readonly object: KubeObject
  readonly path: Path
  readonly message: string
  /** Whoever takes the object refuses it for this; else it is taken, and does not do what it seems to. */
  readonly refused: boolean
  /** What is meant at `path`, where that is plain. */
  readonly instead?: string | number
}

/** A policy of any dialect, read into the one form that is evaluated. */
export interface Policy {
  readonly object: KubeObject
  /** The pods that it is about. */
  readonly selects: PeerTest
  /** Whether it has a say in a direction at all. */
  readonly applies: Readonly<Record<Direction, Tri>>
  /** Whether what none of its rules matches is then denied (by the end of its tier). */
  readonly isolates: Readonly<Record<Direction, Tri>>
  readonly ingress: readonly Rule[]
  readonly egress: readonly Rule[]
  /** The API server refuses it: it is not in force. */
  readonly invalid: boolean
  readonly problems: readonly PolicyProblem[]
}
