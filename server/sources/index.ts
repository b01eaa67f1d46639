import { chartFrontEnd } from './chart/front-end.ts'
import type { FrontEnd } from './front-end.ts'
import { kustomizeFrontEnd } from './kustomize/front-end.ts'
import { manifestFrontEnd } from './manifest.ts'
import { moduleFrontEnd } from './module/front-end.ts'

/** In the order in which they claim files: what none of them wants is looked at as a plain manifest. */
export const FRONT_ENDS: readonly FrontEnd[] = [kustomizeFrontEnd, moduleFrontEnd, chartFrontEnd, manifestFrontEnd]
