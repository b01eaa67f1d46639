import type { Feature } from '../feature.ts'
import { accessFeature } from './access.ts'
import { chartFeature } from './charts.ts'
import { evaluatedFeature } from './evaluated.ts'
import { impactFeature } from './impact.ts'
import { kustomizeFeature } from './kustomize.ts'
import { networkFeature } from './network.ts'
import { originFeature } from './origins.ts'

/** In the order in which their sections stand in a hover. */
export const FEATURES: readonly Feature[] = [
  evaluatedFeature,
  originFeature,
  impactFeature,
  chartFeature,
  kustomizeFeature,
  networkFeature,
  accessFeature,
]
